import type { JournalEvent, ReplicatedJournal, ReplicatedJournals, ReplicatedReadOptions } from "odradek/runtimes/edge"
import { problem, problemOf } from "./Problem.ts"

const lineOf = ({ offset, payload, seqNr, timestamp }: JournalEvent<unknown>): string =>
  JSON.stringify({ seqNr, payload, timestamp, offset })

/** What every answer says of itself: it is of the past, and up to where. */
const headersOf = ({ consistency, replicatedTo }: ReplicatedJournal<unknown>): Record<string, string> => ({
  consistency,
  ...(replicatedTo === undefined ? {} : { "replicated-to": `${replicatedTo.partition}:${replicatedTo.offset}` })
})

/** The events as lines, read as they are taken. An answer that breaks off is none: what was still to come is not known. */
const linesOf = ({ events }: ReplicatedJournal<unknown>): ReadableStream<Uint8Array> => {
  const iterator = events[Symbol.asyncIterator]()
  const encoder = new TextEncoder()
  return new ReadableStream({
    pull: async (controller) => {
      const next = await iterator.next()
      if (next.done === true) controller.close()
      else controller.enqueue(encoder.encode(`${lineOf(next.value)}\n`))
    },
    cancel: async () => {
      await iterator.return?.()
    }
  })
}

const documentOf = async ({
  consistency,
  events,
  replicatedTo,
  state
}: ReplicatedJournal<unknown>): Promise<string> => {
  const lines: Array<string> = []
  for await (const event of events) lines.push(lineOf(event))
  return `${JSON.stringify({ consistency, replicatedTo, state }).slice(0, -1)},"events":[${lines.join(",\n")}]}\n`
}

const number = (text: string | null): number | undefined => (text === null ? undefined : Number(text))

/** The options of a read, as a query has them: `from`, `to`, and `at-least=PARTITION:OFFSET`, as an append was answered. */
const optionsOf = (query: URLSearchParams, signal: AbortSignal): ReplicatedReadOptions => {
  const [from, to] = [number(query.get("from")), number(query.get("to"))]
  const [partition, offset] = query.get("at-least")?.split(":").map(Number) ?? []
  return {
    signal,
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    ...(partition === undefined ? {} : { atLeast: { partition, offset: offset ?? Number.NaN } })
  }
}

/** The id in a path; `undefined` where there is none. */
const idOf = (path: string): string | undefined => {
  const text = /^\/journals\/(.+)$/.exec(path)?.[1]
  try {
    return text === undefined ? undefined : decodeURIComponent(text)
  } catch {
    return undefined
  }
}

/** Answers `GET /journals/ID` from what is replicated: as one document, or as lines where `application/x-ndjson` is asked for. */
export const answer = async (journals: ReplicatedJournals<unknown>, request: Request): Promise<Response> => {
  const { pathname, searchParams } = new URL(request.url)
  const id = idOf(pathname)
  if (id === undefined) return problem(404, "NoPath", "There are journals at /journals/ID.")
  if (request.method !== "GET") return problem(405, "NoMethod", "Journals are read here, and appended to elsewhere.")
  try {
    const read = await journals.readReplicated(id, optionsOf(searchParams, request.signal))
    if (read._tag === "Behind") {
      const { replicatedTo, wanted } = read
      const detail = `Partition ${wanted.partition} is replicated to ${replicatedTo ?? "nowhere"}, and not to ${wanted.offset}: ask again.`
      return problem(503, "Behind", detail, { wanted, replicatedTo }, { "retry-after": "1" })
    }
    const headers = headersOf(read)
    if (read.state === undefined) {
      return problem(404, "NoJournal", "The store has no such journal; it may be in the log alone yet.", {}, headers)
    }
    if (request.headers.get("accept")?.includes("application/x-ndjson") === true) {
      return new Response(linesOf(read), { headers: { ...headers, "content-type": "application/x-ndjson" } })
    }
    return new Response(await documentOf(read), { headers: { ...headers, "content-type": "application/json" } })
  } catch (error) {
    return problemOf(error)
  }
}
