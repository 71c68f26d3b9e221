import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { Scope } from "effect/Scope"
import * as Stream from "effect/Stream"
import {
  bytesPayload,
  makeJournals,
  maxSeqNr,
  rawPayload,
  schemaPayload,
  textPayload
} from "../../../core/journal/index.ts"
import type { JournalError } from "../../../core/journal/index.ts"
import { logEnd, numbers, openJournal, read, seqNrs, sync } from "./JournalWorld.ts"
import type { World } from "./JournalWorld.ts"

/** What the public face of the journal promises, one by one, over any log and store. */
export const journalPromises = (name: string, open: Effect.Effect<World, unknown, Scope>): void => {
  const promise = (title: string, run: (world: World) => Effect.Effect<void, unknown, Scope>) =>
    it.live(title, () => Effect.scoped(Effect.flatMap(open, run)))

  /** Runs a check twice: with everything in the log alone, and with everything in the store as well. */
  const onBothSides = (world: World, check: Effect.Effect<void, unknown, Scope>, topic = "orders") =>
    check.pipe(Effect.andThen(sync(world, topic)), Effect.andThen(check))

  const failure = <A>(effect: Effect.Effect<A, JournalError>) => Effect.flip(effect)

  describe(`${name}: append`, () => {
    promise("numbers the events itself, from 1, and goes on from the last one", (world) =>
      Effect.gen(function* () {
        const journal = openJournal(world, "orders")
        expect(yield* journal.append([{ payload: "a" }, { payload: "b" }])).toEqual({
          partition: 0,
          offset: 1,
          from: 1,
          to: 2
        })
        expect(yield* journal.append([{ payload: "c" }])).toMatchObject({ from: 3, to: 3 })
        expect(yield* openJournal(world, "orders").append([{ payload: "d" }])).toMatchObject({ from: 4, to: 4 })
        yield* onBothSides(
          world,
          Effect.map(seqNrs(journal), (got) => expect(got).toEqual([1, 2, 3, 4]))
        )
      })
    )

    promise("writes the events of one call as one record", (world) =>
      Effect.gen(function* () {
        const journal = openJournal(world, "orders")
        const { offset } = yield* journal.append([{ payload: 1 }, { payload: 2 }, { payload: 3 }])
        expect(yield* logEnd(world.log, "orders")).toBe(offset + 1)
        yield* onBothSides(
          world,
          Effect.map(read(journal), (events) =>
            expect(events.map((event) => event.offset)).toEqual([offset, offset, offset])
          )
        )
      })
    )

    promise("keeps the order in which calls are started, also when they are not awaited one by one", (world) =>
      Effect.gen(function* () {
        const journal = openJournal(world, "orders")
        yield* Effect.forEach(numbers(1, 50), (payload) => journal.append([{ payload }]), { concurrency: "unbounded" })
        const events = yield* read(journal)
        expect(events.map(({ payload, seqNr }) => [seqNr, payload])).toEqual(numbers(1, 50).map((one) => [one, one]))
      })
    )

    promise("takes given numbers, with gaps", (world) =>
      Effect.gen(function* () {
        const journal = openJournal(world, "orders")
        yield* journal.append([
          { payload: 1, seqNr: 5 },
          { payload: 2, seqNr: 9 }
        ])
        expect(yield* journal.append([{ payload: 3 }])).toMatchObject({ from: 10 })
        yield* onBothSides(
          world,
          Effect.map(seqNrs(journal), (got) => expect(got).toEqual([5, 9, 10]))
        )
      })
    )

    const refused: ReadonlyArray<readonly [title: string, seqNrs: ReadonlyArray<number | undefined>]> = [
      ["that are given to some events only", [1, undefined]],
      ["that do not ascend", [2, 1]],
      ["that repeat", [1, 1]],
      ["below 1", [0]],
      ["that are no whole numbers", [1.5]],
      ["beyond 2^53 - 1", [maxSeqNr + 1]]
    ]
    for (const [title, given] of refused) {
      promise(`refuses numbers ${title}, and writes nothing`, (world) =>
        Effect.gen(function* () {
          const journal = openJournal(world, "orders")
          const [first, ...rest] = given.map((seqNr) => (seqNr === undefined ? { payload: 1 } : { payload: 1, seqNr }))
          if (first === undefined) return
          expect((yield* failure(journal.append([first, ...rest]))).reason).toBe("Invalid")
          expect(yield* logEnd(world.log, "orders")).toBe(0)
        })
      )
    }

    promise("refuses to number beyond 2^53 - 1", (world) =>
      Effect.gen(function* () {
        const journal = openJournal(world, "orders")
        yield* journal.append([{ payload: 1, seqNr: maxSeqNr }])
        expect((yield* failure(journal.append([{ payload: 2 }]))).reason).toBe("Invalid")
        yield* onBothSides(
          world,
          Effect.map(seqNrs(journal), (got) => expect(got).toEqual([maxSeqNr]))
        )
      })
    )

    promise("carries tags, metadata, headers and an expiry, and an event without a payload", (world) =>
      Effect.gen(function* () {
        const journal = makeJournals({
          ...world,
          topic: "orders",
          payload: rawPayload,
          origin: "node-1",
          version: "2"
        }).journal("a")
        yield* journal.append([{ tags: ["red", "blue"] }, { payload: { _tag: "Json", text: '{"n":1e400}' } }], {
          metadata: { user: "ann", deep: [1, null] },
          headers: { trace: "x-ü" },
          expireAfter: "30 days"
        })
        const check = Effect.map(read(journal), (events) => {
          const [bare, full] = events
          expect(bare?.payload).toBeUndefined()
          expect(bare?.tags.toSorted()).toEqual(["blue", "red"])
          expect(full?.payload).toEqual({ _tag: "Json", text: '{"n":1e400}' })
          for (const event of events) {
            expect(event.metadata).toEqual({ user: "ann", deep: [1, null] })
            expect([...event.headers]).toEqual([["trace", "x-ü"]])
            expect(event).toMatchObject({ expireAfter: "30 days", origin: "node-1", version: "2", partition: 0 })
          }
        })
        yield* onBothSides(world, check)
        expect((yield* world.store.head({ topic: "orders", id: "a" }))?.expireAfter).toBe("30 days")
      })
    )

    promise("refuses an expiry and metadata that cannot be written, and writes nothing", (world) =>
      Effect.gen(function* () {
        const journal = openJournal(world, "orders")
        const circle: { self?: unknown } = {}
        circle.self = circle
        expect((yield* failure(journal.append([{ payload: 1 }], { expireAfter: "soon" }))).reason).toBe("Invalid")
        expect((yield* failure(journal.append([{ payload: 1 }], { metadata: circle }))).reason).toBe("Invalid")
        expect(yield* seqNrs(journal)).toEqual([])
      })
    )

    promise("refuses a record that the log does not take, and keeps its number for the next one", (world) =>
      Effect.gen(function* () {
        const journal = openJournal(world, "orders")
        yield* journal.append([{ payload: 1 }])
        expect((yield* failure(journal.append([{ payload: "x".repeat(2_000_000) }]))).reason).toBe("Refused")
        expect(yield* journal.append([{ payload: 2 }])).toMatchObject({ from: 2 })
      })
    )
  })

  describe(`${name}: ids and payloads`, () => {
    for (const id of ["", "ünï-😀", "a\u0000b", "a/b c", "x".repeat(500)]) {
      promise(`any text is an id: ${JSON.stringify(id.slice(0, 20))}`, (world) =>
        Effect.gen(function* () {
          const journal = openJournal(world, "orders", id)
          yield* journal.append([{ payload: id }])
          yield* onBothSides(
            world,
            Effect.map(read(journal), (events) => expect(events.map(({ payload }) => payload)).toEqual([id]))
          )
        })
      )
    }

    promise("journals of one topic do not touch one another", (world) =>
      Effect.gen(function* () {
        const [a, b] = [openJournal(world, "orders", "a"), openJournal(world, "orders", "b")]
        yield* a.append([{ payload: 1 }, { payload: 2 }])
        yield* b.append([{ payload: 3 }])
        yield* a.purge
        yield* onBothSides(
          world,
          Effect.gen(function* () {
            expect(yield* seqNrs(a)).toEqual([])
            expect(yield* seqNrs(b)).toEqual([1])
          })
        )
      })
    )

    promise("text and bytes travel as they are", (world) =>
      Effect.gen(function* () {
        const text = makeJournals({ ...world, topic: "orders", payload: textPayload }).journal("text")
        const bytes = makeJournals({ ...world, topic: "orders", payload: bytesPayload }).journal("bytes")
        yield* text.append([{ payload: "" }, { payload: "ü😀\u0000" }])
        yield* bytes.append([{ payload: new Uint8Array([]) }, { payload: new Uint8Array([0, 255, 128]) }])
        const check = Effect.gen(function* () {
          expect((yield* read(text)).map(({ payload }) => payload)).toEqual(["", "ü😀\u0000"])
          const got = (yield* read(bytes)).map(({ payload }) => [...(payload ?? [])])
          expect(got).toEqual([[], [0, 255, 128]])
        })
        yield* onBothSides(world, check)
      })
    )

    const Placed = Schema.Struct({ at: Schema.Date, items: Schema.Array(Schema.String) })
    const typed = (world: World) =>
      makeJournals({ ...world, topic: "orders", payload: schemaPayload(Placed) }).journal("a")

    promise("typed payloads come back as their schema's values", (world) =>
      Effect.gen(function* () {
        const payload = { at: new Date(86_400_000), items: ["x"] }
        yield* typed(world).append([{ payload }])
        yield* onBothSides(
          world,
          Effect.map(read(typed(world)), (events) => expect(events.map((event) => event.payload)).toEqual([payload]))
        )
      })
    )

    promise("a payload that does not fit is refused before anything is written", (world) =>
      Effect.gen(function* () {
        const fits = { at: new Date(0), items: [] }
        const wrong = { at: new Date(0), items: [1] } as unknown as typeof Placed.Type
        const error = yield* failure(typed(world).append([{ payload: fits }, { payload: wrong }]))
        expect(error.reason).toBe("Invalid")
        expect(error.message).toContain("event 2 of the append")
        expect(yield* logEnd(world.log, "orders")).toBe(0)
      })
    )

    promise(
      "a store that is further than the log belongs to another log: a read says so instead of mixing them",
      (world) =>
        Effect.gen(function* () {
          const journal = openJournal(world, "orders")
          yield* journal.append([{ payload: 1 }])
          const { topic } = journal.key
          yield* world.store.write([{ _tag: "PutPointer", topic, partition: 0, offset: 100, previous: undefined }])
          for (const operation of [read(journal), journal.pointer, journal.explain, journal.delete(1)]) {
            const error = yield* failure<unknown>(operation)
            expect(error.reason).toBe("Lost")
            expect(error.message).toContain("up to offset 100, and the log ends before that")
          }
        })
    )

    promise("two handles of one process are one: concurrent appends through both are all kept", (world) =>
      Effect.gen(function* () {
        const journals = makeJournals({ ...world, topic: "orders", payload: textPayload })
        const appends = Array.from({ length: 20 }, (_, at) => journals.journal("a").append([{ payload: `${at}` }]))
        yield* Effect.all(appends, { concurrency: "unbounded" })
        expect(yield* seqNrs(journals.journal("a"))).toEqual(numbers(1, 20))
      })
    )

    promise("what no type of TypeScript lets through is refused as well, before anything is written", (world) =>
      Effect.gen(function* () {
        const journal = makeJournals({ ...world, topic: "orders", payload: rawPayload }).journal("a")
        const number = 3 as unknown as string
        const binary = { _tag: "Binary", bytes: new Uint8Array(1) } as const
        const appends = [
          journal.append([{ tags: [number] }]),
          journal.append([{ tags: [number], payload: binary }]),
          journal.append([{ payload: { _tag: "Text", text: number } }]),
          journal.append([{ payload: binary }, { payload: { _tag: "Text", text: number } }]),
          journal.append([{ payload: { _tag: "Binary", bytes: number as unknown as Uint8Array } }])
        ]
        for (const append of appends) expect((yield* failure(append)).reason).toBe("Invalid")
        expect(yield* seqNrs(journal)).toEqual([])
      })
    )

    promise("a payload that does not fit fails the read, and the error says which event it is", (world) =>
      Effect.gen(function* () {
        yield* openJournal(world, "orders", "a").append([{ payload: { at: "never" } }])
        const error = yield* failure(read(typed(world)))
        expect(error).toMatchObject({ reason: "Corrupt", topic: "orders", id: "a", partition: 0, offset: 1 })
        expect(error.message).toContain("event 1 of journal")
      })
    )
  })

  describe(`${name}: read`, () => {
    promise("gives what is asked for, both ends inclusive", (world) =>
      Effect.gen(function* () {
        const journal = openJournal(world, "orders")
        for (const payload of numbers(1, 9)) yield* journal.append([{ payload }])
        const check = Effect.gen(function* () {
          expect(yield* seqNrs(journal, { from: 3, to: 5 })).toEqual([3, 4, 5])
          expect(yield* seqNrs(journal, { to: 2 })).toEqual([1, 2])
          expect(yield* seqNrs(journal, { from: 8 })).toEqual([8, 9])
          expect(yield* seqNrs(journal, { from: 5, to: 4 })).toEqual([])
        })
        yield* onBothSides(world, check)
      })
    )

    promise("refuses bounds that are no sequence numbers", (world) =>
      Effect.gen(function* () {
        const journal = openJournal(world, "orders")
        expect((yield* failure(read(journal, { from: 0 }))).reason).toBe("Invalid")
        expect((yield* failure(read(journal, { to: 1.5 }))).reason).toBe("Invalid")
      })
    )

    promise("is empty for a journal that was never written, whose pointer is undefined", (world) =>
      Effect.gen(function* () {
        const journal = openJournal(world, "orders")
        expect(yield* seqNrs(journal)).toEqual([])
        expect(yield* journal.pointer).toBeUndefined()
      })
    )

    promise("asks the store for a page at a time, and for the next one when it is taken", (world) =>
      Effect.gen(function* () {
        const journal = openJournal(world, "orders")
        const [first, ...rest] = numbers(1, 2500).map((payload) => ({ payload }))
        if (first === undefined) return
        yield* journal.append([first, ...rest])
        yield* sync(world, "orders")
        let pages = 0
        const store = {
          ...world.store,
          events: (request: Parameters<typeof world.store.events>[0]) => {
            pages++
            return world.store.events(request)
          }
        }
        const watched = openJournal({ ...world, store }, "orders")
        expect(yield* Stream.runCollect(Stream.take(watched.read(), 10))).toHaveLength(10)
        expect(pages).toBe(1)
        expect(yield* seqNrs(watched)).toHaveLength(2500)
        expect(pages).toBe(4)
      })
    )

    promise("64 recoveries beside one another give each its own journal", (world) =>
      Effect.gen(function* () {
        const ids = numbers(1, 64)
        for (const id of ids) yield* openJournal(world, "orders", `${id}`).append([{ payload: id }, { payload: -id }])
        yield* sync(world, "orders", 30)
        const reads = Effect.forEach(ids, (id) => read(openJournal(world, "orders", `${id}`)), { concurrency: 64 })
        const got = (yield* reads).map((events) => events.map(({ payload }) => payload))
        expect(got).toEqual(ids.map((id) => [id, -id]))
      })
    )
  })

  describe(`${name}: delete and purge`, () => {
    promise("a delete reaches no further than the last event, so that later ones stay", (world) =>
      Effect.gen(function* () {
        const journal = openJournal(world, "orders")
        yield* journal.append([{ payload: 1 }])
        yield* journal.delete(100)
        yield* journal.append([{ payload: 2 }])
        yield* onBothSides(
          world,
          Effect.map(seqNrs(journal), (got) => expect(got).toEqual([2]))
        )
      })
    )

    promise("a later delete never brings events back", (world) =>
      Effect.gen(function* () {
        const journal = openJournal(world, "orders")
        for (const payload of numbers(1, 7)) yield* journal.append([{ payload }])
        yield* journal.delete(4)
        yield* sync(world, "orders")
        yield* journal.delete(2)
        yield* onBothSides(
          world,
          Effect.map(seqNrs(journal), (got) => expect(got).toEqual([5, 6, 7]))
        )
      })
    )

    promise("a delete of no journal, or up to no number, writes nothing", (world) =>
      Effect.gen(function* () {
        const journal = openJournal(world, "orders")
        expect(yield* journal.delete(3)).toBeUndefined()
        yield* journal.append([{ payload: 1 }])
        expect((yield* failure(journal.delete(0))).reason).toBe("Invalid")
        yield* onBothSides(
          world,
          Effect.map(seqNrs(journal), (got) => expect(got).toEqual([1]))
        )
      })
    )

    promise("after a purge the journal begins again, also for a handle that knew the old numbers", (world) =>
      Effect.gen(function* () {
        const journal = openJournal(world, "orders")
        yield* journal.append([{ payload: "old 1" }, { payload: "old 2" }])
        yield* sync(world, "orders")
        yield* journal.purge
        expect(yield* journal.append([{ payload: "new 1" }])).toMatchObject({ from: 1, to: 1 })
        const check = Effect.map(read(journal), (events) =>
          expect(events.map(({ payload, seqNr }) => [seqNr, payload])).toEqual([[1, "new 1"]])
        )
        yield* onBothSides(world, check)
      })
    )

    promise("the pointer outlives a delete of everything, and not a purge", (world) =>
      Effect.gen(function* () {
        const journal = openJournal(world, "orders")
        yield* journal.append([{ payload: 1 }, { payload: 2 }])
        yield* journal.delete(2)
        yield* onBothSides(
          world,
          Effect.map(journal.pointer, (pointer) => expect(pointer).toBe(2))
        )
        yield* journal.purge
        yield* onBothSides(
          world,
          Effect.map(journal.pointer, (pointer) => expect(pointer).toBeUndefined())
        )
      })
    )
  })

  describe(`${name}: ids and explain`, () => {
    promise("ids are those of all journals that exist, each once, replicated or not", (world) =>
      Effect.gen(function* () {
        const journals = makeJournals({ ...world, topic: "orders", payload: rawPayload })
        const ids = Effect.map(Stream.runCollect(journals.ids), (got) => got.toSorted())
        for (const id of ["a", "b", "c"]) yield* journals.journal(id).append([{}])
        yield* sync(world, "orders")
        yield* journals.journal("c").append([{}])
        yield* journals.journal("d").append([{}])
        yield* journals.journal("e").pointer
        yield* journals.journal("a").purge
        expect(yield* ids).toEqual(["b", "c", "d"])
        yield* sync(world, "orders")
        expect(yield* ids).toEqual(["b", "c", "d"])
      })
    )

    promise("explain tells where each event lives", (world) =>
      Effect.gen(function* () {
        const journal = openJournal(world, "orders")
        yield* journal.append([{ payload: 1 }, { payload: 2 }])
        yield* sync(world, "orders")
        const { offset } = yield* journal.append([{ payload: 3 }])
        const explained = yield* journal.explain
        expect(explained.events.map(({ seqNr, source }) => [seqNr, source])).toEqual([
          [1, "store"],
          [2, "store"],
          [3, "log"]
        ])
        expect(explained).toMatchObject({
          key: { topic: "orders", id: "order-1" },
          partition: 0,
          pointer: 1,
          seam: 2,
          mark: offset + 1,
          state: { seqNr: 3, deleteTo: 0 },
          head: { seqNr: 2, offset: 1 }
        })
      })
    )
  })
}
