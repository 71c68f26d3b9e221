import { existsSync, readFileSync } from "node:fs"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import { decodeAction, HeadCache, jsonPayload, makeJournals } from "../../core/journal/index.ts"
import type { Journals } from "../../core/journal/index.ts"
import { eventRecords } from "../../core/journal/codec/EventRecords.ts"
import type { NewRecord } from "../../core/log/index.ts"
import type { CommitLog } from "../../core/ports/index.ts"
import { type Area, quantile } from "./Bench.ts"
import { partition, payload, withFixture } from "./Fixture.ts"

const total = 1000
const many = 64

/** Reads a journal to its end; fails when it does not have so many events. */
const read = (journals: Journals<unknown>, id: string, events: number): Effect.Effect<number> =>
  journals
    .journal(id)
    .read()
    .pipe(
      Stream.runCount,
      Effect.orDie,
      Effect.flatMap((count) => (count === events ? Effect.succeed(1) : Effect.die(`${count} events of ${events}`)))
    )

/** The record of a mark, as a recovery has appended it last. */
const lastMark = async (log: CommitLog, topic: string): Promise<NewRecord> => {
  const { records } = await Effect.runPromise(
    log.read({ topic, partition, offset: 0, maxBytes: 1024 * 1024, maxWaitMs: 0 })
  )
  const mark = records.findLast((record) => Result.getOrThrow(decodeAction(record))?._tag === "Mark")
  if (mark === undefined) throw new Error("no recovery has appended a mark")
  return mark
}

/** What a recovery cannot do without: one record appended, and one answer of the broker with all that has to be read. */
const produceAndFetch = (log: CommitLog, topic: string, mark: NewRecord) =>
  Effect.flatMap(log.append({ ...mark, topic, partition }), () =>
    log.read({ topic, partition, offset: 0, maxBytes: 1024 * 1024, maxWaitMs: 0 })
  )

/** The same, and every event decoded. */
const produceFetchAndDecode = (log: CommitLog, topic: string, mark: NewRecord) =>
  Effect.map(produceAndFetch(log, topic, mark), ({ records }) => {
    let count = 0
    for (const record of records) {
      const action = Result.getOrThrow(decodeAction(record))
      if (action?._tag !== "Append") continue
      for (const event of Result.getOrThrow(eventRecords(action, { topic, partition, offset: record.offset }))) {
        if (event.payload !== undefined) Result.getOrThrow(jsonPayload.decode(event.payload))
        count++
      }
    }
    if (count !== total) throw new Error(`${count} events`)
  })

/** How many connections to the port of this machine are open; `undefined` where the system does not tell. */
const connectionsTo = (port: number): number | undefined => {
  if (!existsSync("/proc/net/tcp")) return undefined
  const remote = `:${port.toString(16).toUpperCase().padStart(4, "0")}`
  const lines = readFileSync("/proc/net/tcp", "utf8").split("\n")
  return lines.filter((line) => {
    const [, , address = "", state] = line.trim().split(/\s+/)
    return address.endsWith(remote) && state === "01"
  }).length
}

/** Reads of journals that nothing was replicated of: their events are all in the log's tail. */
export const recovery: Area = {
  name: "recovery",
  about: "reads of journals whose events are all in the log's tail",
  run: (report) =>
    withFixture(({ address, log, store }) =>
      Effect.gen(function* () {
        const topic = "recovery"
        const port = Number(address.split(":").at(-1))
        const others = connectionsTo(port) ?? 0
        const ports = { log, store, payload: jsonPayload }
        const heads = yield* HeadCache.make({ log, store })
        const warm = makeJournals({ ...ports, topic, heads })
        const cold = makeJournals({ ...ports, topic })
        const append = (journals: Journals<unknown>, id: string, count: number) =>
          Effect.forEach(Array.from({ length: count }), () => journals.journal(id).append([{ payload }]), {
            concurrency: 64,
            discard: true
          })
        yield* append(warm, "read", total)
        yield* read(warm, "read", total)

        const shared = makeJournals({ ...ports, topic: "recovery-many", heads })
        const ids = Array.from({ length: many }, (_, at) => `journal-${at}`)
        yield* Effect.forEach(ids, (id) => append(shared, id, 16), { discard: true })
        const latencies = (journals: Journals<unknown>) =>
          Effect.forEach(
            ids,
            (id) =>
              Effect.suspend(() => {
                const began = performance.now()
                return Effect.map(read(journals, id, 16), () => performance.now() - began)
              }),
            { concurrency: "unbounded" }
          )

        yield* Effect.promise(async () => {
          const mark = await lastMark(log, topic)
          const one = (journals: Journals<unknown>) => () => Effect.runPromise(read(journals, "read", total))
          const fetch = {
            name: "one produce and one fetch of the same records",
            run: () => Effect.runPromise(Effect.as(produceAndFetch(log, topic, mark), 1))
          }
          const decode = {
            name: "the same with every event decoded",
            run: () => Effect.runPromise(Effect.as(produceFetchAndDecode(log, topic, mark), 1))
          }
          const base = { unit: "reads", latencies: true }
          await report({
            ...base,
            name: `recover ${total} events, head cache warm`,
            goal: 0.83,
            subject: { name: "journal.read", run: one(warm) },
            baseline: decode
          })
          await report({
            ...base,
            name: `recover ${total} events, head cache warm, undecoded`,
            subject: { name: "journal.read", run: one(warm) },
            baseline: fetch
          })
          await report({
            ...base,
            name: `recover ${total} events, no head cache`,
            subject: { name: "journal.read", run: one(cold) },
            baseline: decode
          })
          await Effect.runPromise(latencies(shared))
          const open = connectionsTo(port)
          const connections = open === undefined ? "" : `, ${open - others} connections`
          for (const part of [0.5, 0.99]) {
            await report({
              name: `${many} recoveries at once, p${part * 100}${connections}`,
              unit: "ms",
              rounds: 21,
              run: () => Effect.runPromise(latencies(shared)).then((each) => quantile(each, part))
            })
          }
        })
      })
    )
}
