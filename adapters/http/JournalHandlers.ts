import * as Cause from "effect/Cause"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import { formatEventLine, JournalError, maxSeqNr, minSeqNr } from "../../core/journal/index.ts"
import type { Journal, Journals, ReadRange } from "../../core/journal/index.ts"
import type { Payload } from "../../core/ports/index.ts"
import { chosenType } from "./Accept.ts"
import { type AppendBody, type AppendBodyOptions, parseDocument, parseLines } from "./AppendBody.ts"
import { appendRequest } from "./AppendRequest.ts"
import { HttpApiBuilder, HttpServerResponse } from "./EffectHttp.ts"
import { begun, lines, type Pages, serverSentEvents } from "./EventStreams.ts"
import { type Gate } from "./Gate.ts"
import { eventStream, journalApi, ndjson } from "./JournalApi.ts"
import { journalProblem } from "./JournalProblem.ts"
import type { HttpLimits } from "./Limits.ts"
import { Problem, problemResponse } from "./Problem.ts"
import { bodyText, mediaTypeOf } from "./RequestBody.ts"

type Response = HttpServerResponse.HttpServerResponse

/** What the handlers stand on. `closing` is done when those who follow are to be sent away. */
export interface Handling {
  readonly journals: (topic: string) => Effect.Effect<Journals<Payload>, Problem>
  readonly limits: HttpLimits
  readonly followers: Gate
  readonly closing: Deferred.Deferred<void>
}

const json = "application/json"
const headers = { "cache-control": "no-store" }

const document = (text: string, status = 200, more: Readonly<Record<string, string>> = {}): Response =>
  HttpServerResponse.text(`${text}\n`, { status, contentType: json, headers: { ...headers, ...more } })

const streamed = (body: Stream.Stream<Uint8Array, unknown>, contentType: string): Response =>
  HttpServerResponse.stream(body, { contentType, headers })

const answered = <R>(effect: Effect.Effect<Response, Problem | JournalError, R>): Effect.Effect<Response, never, R> =>
  Effect.catch(effect, (error) =>
    Effect.succeed(problemResponse(error instanceof JournalError ? journalProblem(error) : error))
  )

/** The form that is wanted of those that can be had. */
const formOf = <A extends string>(accept: string | undefined, offered: ReadonlyArray<A>): Effect.Effect<A, Problem> => {
  const form = chosenType(accept, offered)
  if (form !== undefined) return Effect.succeed(form)
  const message = `The answer cannot be had as ${accept}; ask for ${offered.join(" or ")}.`
  return Effect.fail(new Problem({ kind: "not-acceptable", message }))
}

const tooLong = (limit: number, what: string, advice: string) =>
  new Problem({
    kind: "answer-too-large",
    message: `The answer has more than ${limit} ${what}, which one document does not take; ask for ${ndjson}${advice}.`,
    details: { limit }
  })

/** Goes through the pages, and is over when `take` says so by a failure. */
const gathered = Effect.fnUntraced(function* <A>(
  pages: Pages<A>,
  take: (values: ReadonlyArray<A>) => Problem | undefined
): Effect.fn.Return<void, Problem | JournalError> {
  for (;;) {
    const page = yield* Effect.result(pages)
    if (Result.isFailure(page)) {
      if (Cause.isDone(page.failure)) return
      return yield* Effect.fail(page.failure)
    }
    const refused = take(page.success)
    if (refused !== undefined) return yield* refused
  }
})

const numberOf = (text: string | undefined, name: string): Effect.Effect<number | undefined, Problem> => {
  const number = text === undefined ? undefined : Number(text)
  if (number === undefined || number <= maxSeqNr) return Effect.succeed(number)
  const message = `${name} is ${text}: give a whole number up to ${maxSeqNr}.`
  return Effect.fail(new Problem({ kind: "invalid-request", message }))
}

/** The last number that the journal is expected to have, if the request says so. */
const expectedOf = (
  ifMatch: string | undefined,
  ifNoneMatch: string | undefined
): Effect.Effect<number | undefined, Problem> => {
  const expected = ifMatch === undefined ? undefined : Number(ifMatch.replaceAll('"', ""))
  if (ifNoneMatch === undefined) return Effect.succeed(expected)
  if (expected === undefined || expected === 0) return Effect.succeed(0)
  const message = "If-Match and If-None-Match cannot both hold; send one of them."
  return Effect.fail(new Problem({ kind: "sequence-conflict", message, details: { expected } }))
}

const eventsDocument = (journal: Journal<Payload>, range: ReadRange, limits: HttpLimits) =>
  Effect.gen(function* () {
    const { documentBytes, documentEvents } = limits
    const pages = yield* Stream.toPull(journal.read(range))
    const found: Array<string> = []
    let size = 0
    yield* gathered(pages, (events) => {
      for (const event of events) {
        const line = formatEventLine(event)
        size += line.length
        found.push(line)
      }
      const narrower = ", or for fewer events with from and to"
      if (found.length > documentEvents) return tooLong(documentEvents, "events", narrower)
      return size > documentBytes ? tooLong(documentBytes, "bytes", narrower) : undefined
    })
    const { id, topic } = journal.key
    return document(`{"topic":${JSON.stringify(topic)},"id":${JSON.stringify(id)},"events":[${found.join(",")}]}`)
  })

const followed = ({ closing, followers, limits }: Handling, journal: Journal<Payload>, range: ReadRange) =>
  Effect.gen(function* () {
    yield* followers.enter
    const { from = minSeqNr, to } = range
    const events = journal.follow(from)
    const upTo =
      to === undefined ? events : Stream.takeUntil(events, (one) => one._tag === "Event" && one.event.seqNr >= to)
    const body = Stream.interruptWhen(serverSentEvents(upTo, limits.heartbeatMs), Deferred.await(closing))
    return streamed(body, eventStream)
  })

/** The handlers of the journals' endpoints. */
export const journalHandlers = (handling: Handling) => {
  const { journals, limits } = handling
  const journalOf = ({ id, topic }: { readonly topic: string; readonly id: string }) =>
    Effect.map(journals(topic), (all) => all.journal(id))

  const parserOf = (
    contentType: string | undefined
  ): Effect.Effect<(text: string, options: AppendBodyOptions) => Result.Result<AppendBody, Problem>, Problem> => {
    const type = mediaTypeOf(contentType)
    if (type === json) return Effect.succeed(parseDocument)
    if (type === ndjson) return Effect.succeed(parseLines)
    const message = `The body is of type ${type === "" ? "none" : type}; send ${json} or ${ndjson}.`
    return Effect.fail(new Problem({ kind: "unsupported-media-type", message }))
  }

  return HttpApiBuilder.group(journalApi, "journals", (handlers) =>
    handlers
      .handleRaw("append", ({ headers: given, params, query, request }) =>
        answered(
          Effect.gen(function* () {
            const expected = yield* expectedOf(given["if-match"], given["if-none-match"])
            const parse = yield* parserOf(request.headers["content-type"])
            const journal = yield* journalOf(params)
            const text = yield* bodyText(limits.bodyBytes, limits.bodyMs)
            const keepNumbers = query.keepNumbers === "true"
            const body = yield* Effect.fromResult(parse(text, { maxEvents: limits.events, keepNumbers }))
            const { from, offset, partition, to } = yield* appendRequest(journal, body, expected)
            const { id, topic } = journal.key
            const events = body.events.length
            return document(JSON.stringify({ topic, id, events, from, to, partition, offset }), 201, {
              etag: `"${to}"`
            })
          })
        )
      )
      .handle("read", ({ headers: given, params, query, request }) =>
        answered(
          Effect.gen(function* () {
            const form = yield* formOf(request.headers["accept"], [json, ndjson, eventStream])
            const to = yield* numberOf(query.to, "to")
            const seen = yield* numberOf(given["last-event-id"], "Last-Event-ID")
            const from = yield* numberOf(query.from, "from")
            const journal = yield* journalOf(params)
            const range = { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) }
            if (form === eventStream) {
              return yield* followed(handling, journal, seen === undefined ? range : { ...range, from: seen + 1 })
            }
            if (form === json) return yield* eventsDocument(journal, range, limits)
            const pages = yield* begun(yield* Stream.toPull(journal.read(range)))
            return streamed(lines(pages, formatEventLine), ndjson)
          })
        )
      )
      .handle("pointer", ({ params }) =>
        answered(
          Effect.gen(function* () {
            const journal = yield* journalOf(params)
            const pointer = yield* journal.pointer
            const { id, topic } = journal.key
            return document(JSON.stringify({ topic, id, pointer: pointer ?? null }), 200, { etag: `"${pointer ?? 0}"` })
          })
        )
      )
      .handle("delete", ({ params, query }) =>
        answered(
          Effect.gen(function* () {
            const to = (yield* numberOf(query.to, "to")) ?? minSeqNr
            const journal = yield* journalOf(params)
            const place = yield* journal.delete(to)
            const { id, topic } = journal.key
            return document(JSON.stringify({ topic, id, to, partition: place?.partition, offset: place?.offset }))
          })
        )
      )
      .handle("purge", ({ params }) =>
        answered(
          Effect.gen(function* () {
            const journal = yield* journalOf(params)
            const { offset, partition } = yield* journal.purge
            const { id, topic } = journal.key
            return document(JSON.stringify({ topic, id, partition, offset }))
          })
        )
      )
      .handle("ids", ({ params: { topic }, request }) =>
        answered(
          Effect.gen(function* () {
            const form = yield* formOf(request.headers["accept"], [json, ndjson])
            const all = yield* journals(topic)
            const pages = yield* begun(yield* Stream.toPull(all.ids))
            if (form === ndjson)
              return streamed(
                lines(pages, (id) => JSON.stringify({ id })),
                ndjson
              )
            const found: Array<string> = []
            yield* gathered(pages, (ids) => {
              found.push(...ids)
              return found.length > limits.documentIds ? tooLong(limits.documentIds, "ids", "") : undefined
            })
            return document(JSON.stringify({ topic, ids: found }))
          })
        )
      )
  )
}
