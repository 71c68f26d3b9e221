import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { jsonPayload, makeJournals, maxIdBytes, rawPayload, textPayload } from "../../../core/journal/index.ts"
import type { AppendOptions, Journal, JournalError, NewEvent, PayloadCodec } from "../../../core/journal/index.ts"
import { actionHeaderName } from "../../../core/journal/codec/ActionCodec.ts"
import { encodeUtf8 } from "../../../core/bytes/index.ts"
import type { Payload } from "../../../core/ports/index.ts"
import { logEnd, memoryWorld, openJournal, read, seqNrs, sync } from "./JournalWorld.ts"

const half = "a\ud800b"
const topic = "orders"
const rule = "is not well-formed Unicode: a half of a surrogate pair stands alone in it"

/** Everything that a journal can be asked for. */
const operations = <A>(journal: Journal<A>, payload: A): Record<string, Effect.Effect<unknown, JournalError>> => ({
  append: journal.append([{ payload }]),
  read: Stream.runCollect(journal.read()),
  follow: Stream.runCollect(journal.follow()),
  pointer: journal.pointer,
  delete: journal.delete(1),
  purge: journal.purge,
  "purge expired": journal.purgeExpired("2026-11-21"),
  explain: journal.explain
})

describe("a text that is not well-formed Unicode", () => {
  for (const operation of Object.keys(operations(openJournal(memoryWorld(), topic), 1))) {
    it.live(`as the id is refused: ${operation}`, () =>
      Effect.gen(function* () {
        const world = memoryWorld()
        const refusals = operations(openJournal(world, topic, half), 1)
        const { id, message, reason } = yield* Effect.flip(refusals[operation] ?? Effect.void)
        expect([reason, message]).toEqual(["Invalid", `The id "a\\ud800b" ${rule}; give a journal another id.`])
        expect(id).toBe(half)
        expect(yield* logEnd(world.log, topic)).toBe(0)
      })
    )
  }

  for (const name of ["origin", "version"] as const) {
    it.live(`as the ${name} is refused, also by what writes only a mark`, () =>
      Effect.gen(function* () {
        const journal = makeJournals({ ...memoryWorld(), topic, payload: jsonPayload, [name]: half }).journal("1")
        for (const operation of Object.values(operations(journal, 1))) {
          const { message, reason } = yield* Effect.flip(operation)
          expect([reason, message]).toEqual([
            "Invalid",
            `The ${name} "a\\ud800b" ${rule}; give these journals another one.`
          ])
        }
      })
    )
  }

  const refusal = <A>(
    payload: PayloadCodec<A>,
    append: (journal: Journal<A>) => Effect.Effect<unknown, JournalError>
  ) =>
    Effect.gen(function* () {
      const world = memoryWorld()
      const journal = makeJournals({ ...world, topic, payload }).journal("1")
      const { message, reason } = yield* Effect.flip(append(journal))
      expect(reason).toBe("Invalid")
      return message
    })

  it.live("as a tag is refused", () =>
    Effect.gen(function* () {
      expect(
        yield* refusal(jsonPayload, (journal) => journal.append([{ payload: 1 }, { payload: 2, tags: ["fine", half] }]))
      ).toBe(`The tag "a\\ud800b" of event 2 of the append ${rule}; nothing was written.`)
    })
  )

  it.live("as a header's name or value is refused", () =>
    Effect.gen(function* () {
      const [event] = [{ payload: 1 }]
      expect(yield* refusal(jsonPayload, (journal) => journal.append([event], { headers: { [half]: "" } }))).toBe(
        `The header's name "a\\ud800b" of the append ${rule}; nothing was written.`
      )
      expect(yield* refusal(jsonPayload, (journal) => journal.append([event], { headers: { h: half } }))).toBe(
        `The value of the header "h" of the append ${rule}; nothing was written.`
      )
    })
  )

  it.live("as a payload is refused, whether text or JSON's own text", () =>
    Effect.gen(function* () {
      const message = `The payload of event 1 of the append ${rule}; nothing was written.`
      expect(yield* refusal(textPayload, (journal) => journal.append([{ payload: half }]))).toBe(message)
      const payload: Payload = { _tag: "Json", text: `"${half}"` }
      expect(yield* refusal(rawPayload, (journal) => journal.append([{ payload }]))).toBe(message)
    })
  )

  it.live("is kept in JSON payloads and metadata, whose text has an escape for it", () =>
    Effect.gen(function* () {
      const world = memoryWorld()
      const journal = openJournal(world, topic)
      yield* journal.append([{ payload: { [half]: half } }], { metadata: [half] })
      const kept = [{ payload: { [half]: half }, metadata: [half] }]
      expect(yield* read(journal)).toMatchObject(kept)
      yield* sync(world, topic)
      expect(yield* read(journal)).toMatchObject(kept)
    })
  )

  it.live("is read where another writer has written it", () =>
    Effect.gen(function* () {
      const world = memoryWorld()
      const header = `{"append":{"range":{"from":1,"to":1},"origin":"\\ud800","payloadType":"json","metadata":{}}}`
      yield* world.log.partitions(topic, { create: true })
      yield* world.log.append({
        topic,
        partition: 0,
        timestamp: 1,
        key: encodeUtf8("1"),
        value: encodeUtf8(`{"events":[{"seqNr":1,"tags":["\\ud800"]}],"metadata":{}}`),
        headers: [{ name: actionHeaderName, value: encodeUtf8(header) }]
      })
      const journal = openJournal(world, topic, "1")
      expect(yield* read(journal)).toMatchObject([{ seqNr: 1, tags: ["\ud800"], origin: "\ud800" }])
      yield* sync(world, topic)
      expect(yield* read(journal)).toMatchObject([{ seqNr: 1, tags: ["\ud800"], origin: "\ud800" }])
    })
  )

  it.live("is not what a whole surrogate pair is", () =>
    Effect.gen(function* () {
      const journal = openJournal(memoryWorld(), topic, "\u{1f600}")
      yield* journal.append([{ payload: 1, tags: ["\u{1f600}"] }])
      expect(yield* read(journal)).toMatchObject([{ tags: ["\u{1f600}"] }])
    })
  )
})

describe("a long id", () => {
  it.live("is appended to where it has no more bytes than a key may have", () =>
    Effect.gen(function* () {
      const journal = openJournal(memoryWorld(), topic, "é".repeat(Math.floor(maxIdBytes / 2)))
      yield* journal.append([{ payload: 1 }])
      expect(yield* seqNrs(journal)).toEqual([1])
    })
  )

  it.live("is refused by an append where it has more, by its length and its beginning", () =>
    Effect.gen(function* () {
      const world = memoryWorld()
      const id = "é".repeat(Math.ceil(maxIdBytes / 2))
      const error = yield* Effect.flip(openJournal(world, topic, id).append([{ payload: 1 }]))
      expect([error.reason, error.message]).toEqual([
        "Invalid",
        `The id "${"é".repeat(100)}…" has 65536 bytes in UTF-8, and an id may have 65535: give the journal a shorter one.`
      ])
      expect(yield* logEnd(world.log, topic)).toBe(0)
    })
  )

  it.live("is said to be too long where the log refuses its mark", () =>
    Effect.gen(function* () {
      const world = memoryWorld()
      const error = yield* Effect.flip(read(openJournal(world, topic, "x".repeat(2_000_000))))
      expect([error.reason, error.message]).toEqual([
        "Refused",
        `Nothing was read of journal "${"x".repeat(100)}…", since its id of 2000000 bytes does not fit into a record of orders-0: ask for a shorter id.`
      ])
    })
  )
})

describe("the number up to which a journal is deleted", () => {
  for (const to of [0, -1, 1.5, Number.NaN, 2 ** 53]) {
    it.live(`is refused with both its bounds: ${to}`, () =>
      Effect.gen(function* () {
        const { message, reason } = yield* Effect.flip(openJournal(memoryWorld(), topic).delete(to))
        expect([reason, message]).toEqual([
          "Invalid",
          `Cannot delete up to ${to}: it must be a whole number from 1 to 9007199254740991.`
        ])
      })
    )
  }
})

describe("an append that lives no time", () => {
  for (const expireAfter of ["0 days", "-3 days"]) {
    it.live(`is expired on the day that it names, which is not to come: ${expireAfter}`, () =>
      Effect.gen(function* () {
        const world = memoryWorld()
        yield* openJournal(world, topic).append([{ payload: 1 }], { expireAfter })
        const end = yield* logEnd(world.log, topic)
        yield* sync(world, topic)
        const today = new Date().toISOString().slice(0, 10)
        const expired = yield* Stream.runCollect(makeJournals({ ...world, topic, payload: jsonPayload }).expired(today))
        expect(expired.map(({ id }) => id)).toEqual(["order-1"])
        expect(yield* logEnd(world.log, topic)).toBe(end)
      })
    )
  }
})

describe("what cannot be written as JSON, or is no duration", () => {
  const deep = (): unknown => {
    let value: unknown = 1
    for (let depth = 0; depth < 100_000; depth++) value = [value]
    return value
  }

  const refusals: ReadonlyArray<readonly [string, NewEvent<unknown>, AppendOptions, string]> = [
    [
      "metadata that is nested too deep",
      {},
      { metadata: deep() },
      "The metadata of an append is nested too deep to be written as JSON; nothing was written."
    ],
    [
      "metadata that is no JSON value",
      {},
      { metadata: 1n },
      "The metadata of an append has to be a JSON value; nothing was written."
    ],
    [
      "a payload that is nested too deep",
      { payload: deep() },
      {},
      "The payload of event 1 of the append is nested too deep to be written as JSON; nothing was written."
    ],
    [
      "a duration that is none",
      {},
      { expireAfter: "soon" },
      'The expireAfter of an append is "soon", which is no duration: write a number and a unit from days to nanoseconds, such as `30 days`; nothing was written.'
    ],
    [
      "a duration that is too long",
      {},
      { expireAfter: "300000 days" },
      'The expireAfter of an append is "300000 days", which is longer than 292 years: leave it out, and the journal does not expire; nothing was written.'
    ]
  ]
  for (const [what, event, options, message] of refusals) {
    it.live(`is refused in one sentence: ${what}`, () =>
      Effect.gen(function* () {
        const world = memoryWorld()
        const journals = makeJournals<unknown>({ ...world, topic, payload: jsonPayload })
        const error = yield* Effect.flip(journals.journal("1").append([event], options))
        expect([error.reason, error.message]).toEqual(["Invalid", message])
      })
    )
  }
})
