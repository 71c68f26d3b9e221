import * as Effect from "effect/Effect"
import { beforeAll, describe, expect, it } from "vitest"
import type { EventRecord } from "../../../core/ports/index.ts"
import { rawPayload, ReplicatedJournals } from "../../../runtimes/edge/index.ts"
import type { Behind, Fetch, ReplicatedJournal, ReplicatedJournalsOptions } from "../../../runtimes/edge/index.ts"
import { fixture, run, table } from "../../adapters/dynamodb/Fixture.ts"
import { event, head, putEvents, putHead, putPointer } from "../../adapters/dynamodb/Samples.ts"

const db = fixture()
const key = { topic: "carts", id: "cart-1" }

type Settings = Omit<ReplicatedJournalsOptions<unknown>, "payload">

const optionsOf = (over: Partial<Settings> = {}): Settings => ({
  topic: key.topic,
  table,
  credentials: { accessKeyId: "local", secretAccessKey: "local" },
  requestTimeoutMs: 30_000,
  patienceMs: 60_000,
  deadlineMs: 100_000,
  ...db.place,
  ...over
})

const make = (over: Partial<Settings> = {}): ReplicatedJournals<unknown> => ReplicatedJournals.make(optionsOf(over))

const jsonEvent = (seqNr: number): EventRecord =>
  event(seqNr, 0, { payload: { _tag: "Json", text: `{"number":${seqNr}}` } })

const numbersOf = async (journal: ReplicatedJournal<unknown>): Promise<ReadonlyArray<number>> => {
  const numbers: Array<number> = []
  for await (const { seqNr } of journal.events) numbers.push(seqNr)
  return numbers
}

const rejection = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => expect.fail("It should not have gone well."),
    (error: unknown) => error
  )

const count = 1100

beforeAll(
  () =>
    run(
      Effect.gen(function* () {
        const store = yield* db.open()
        const written = Array.from({ length: count }, (_, at) => jsonEvent(at + 1))
        yield* store.write([putEvents(key, written), putHead(key, head(count)), putPointer(key, count + 5)])
      })
    ),
  120_000
)

describe("journals read at the edge", { timeout: 120_000 }, () => {
  it("give the events of a journal, page by page, and say that they are eventual", async () => {
    const journal = await make().readReplicated(key.id)
    expect(journal).toMatchObject({
      _tag: "Replicated",
      consistency: "eventual",
      replicatedTo: { partition: 0, offset: count + 5 },
      state: { seqNr: count, deleteTo: 0 }
    })
    const all = Array.from({ length: count }, (_, at) => at + 1)
    expect(await numbersOf(journal)).toEqual(all)
    expect(await numbersOf(journal)).toEqual(all)
  })

  it("decode payloads as JSON, or by a codec", async () => {
    const range = { from: 7, to: 7 }
    const [asJson, asGiven] = await Promise.all([
      make().readReplicated(key.id, range),
      ReplicatedJournals.make({ ...optionsOf(), payload: rawPayload }).readReplicated(key.id, range)
    ])
    for await (const { payload } of asJson.events) expect(payload).toEqual({ number: 7 })
    for await (const { payload } of asGiven.events) expect(payload).toEqual({ _tag: "Json", text: '{"number":7}' })
  })

  it("are behind where a place has not been replicated, which only those are told who ask for one", async () => {
    const journals = make()
    const wanted = { partition: 0, offset: count + 6 }
    const answer: ReplicatedJournal<unknown> | Behind = await journals.readReplicated(key.id, { atLeast: wanted })
    expect(answer).toEqual({ _tag: "Behind", consistency: "eventual", wanted, replicatedTo: count + 5 })
    const plain: ReplicatedJournal<unknown> = await journals.readReplicated(key.id, { from: 2 })
    expect(plain._tag).toBe("Replicated")
  })

  it("read the table's layout once, and after a first request that failed", async () => {
    let requests = 0
    const unsteady: Fetch = (request) => {
      requests++
      return requests === 1 ? Promise.reject(new TypeError("Connection lost.")) : fetch(request)
    }
    const journals = make({ fetch: unsteady, patienceMs: 1 })
    expect(await rejection(journals.readReplicated("none"))).toMatchObject({
      _tag: "JournalError",
      reason: "Unavailable",
      message: expect.stringContaining("Connection lost.")
    })
    const none = await journals.readReplicated("none")
    expect(none).toMatchObject({ state: undefined, replicatedTo: undefined })
    const before = requests
    await journals.readReplicated("none")
    expect(requests).toBe(before + 1)
  })

  it("end at their deadline, and when nobody waits any more", async () => {
    const asked: Array<AbortSignal> = []
    const silent: Fetch = ({ signal }) =>
      new Promise((_, fail) => {
        asked.push(signal)
        signal.addEventListener("abort", () => fail(new Error("Aborted.")))
      })
    expect(await rejection(make({ fetch: silent, deadlineMs: 50 }).readReplicated("none"))).toMatchObject({
      reason: "Unavailable",
      message: expect.stringContaining("50 ms")
    })
    const controller = new AbortController()
    const left: Fetch = (request) => {
      const answer = silent(request)
      controller.abort()
      return answer
    }
    await rejection(make({ fetch: left }).readReplicated("none", { signal: controller.signal }))
    await expect.poll(() => asked.at(-1)?.aborted, { timeout: 60_000 }).toBe(true)
  })

  it("give up the events that are still to come, when nobody waits any more", async () => {
    const controller = new AbortController()
    const journal = await make().readReplicated(key.id, { signal: controller.signal })
    const taken: Array<number> = []
    const reading = async (): Promise<void> => {
      for await (const { seqNr } of journal.events) {
        taken.push(seqNr)
        if (seqNr === 3) controller.abort(new Error("Gone."))
      }
    }
    expect(await rejection(reading())).toMatchObject({ message: "Gone." })
    expect(taken).toEqual([1, 2, 3])
  })

  it("give up a page that is under way, when nobody waits any more", async () => {
    const controller = new AbortController()
    let queries = 0
    let given: AbortSignal | undefined
    const stuck: Fetch = (request) => {
      const isQuery = request.headers.get("x-amz-target")?.endsWith(".Query") === true
      if (!isQuery || ++queries === 1) return fetch(request)
      given = request.signal
      setImmediate(() => controller.abort(new Error("Gone.")))
      return new Promise(() => undefined)
    }
    const journal = await make({ fetch: stuck }).readReplicated(key.id, { signal: controller.signal })
    expect(await rejection(numbersOf(journal))).toMatchObject({ message: "Gone." })
    expect([queries, given?.aborted]).toEqual([2, true])
  })

  it("say what is wrong with their options, and with a read's", async () => {
    const wrong: ReadonlyArray<readonly [over: Record<string, unknown>, field: string]> = [
      [{ topic: "" }, "topic"],
      [{ table: undefined }, "table"],
      [{ region: 3 }, "region"],
      [{ endpoint: "dynamodb" }, "endpoint"],
      [{ credentials: undefined }, "credentials"],
      [{ credentials: { accessKeyId: "a" } }, "credentials.secretAccessKey"],
      [{ deadlineMs: 0 }, "deadlineMs"],
      [{ patienceMs: "long" }, "patienceMs"]
    ]
    for (const [over, field] of wrong) {
      const message = expect.stringContaining(`\`${field}\``)
      expect(() => make(over as object)).toThrow(expect.objectContaining({ reason: "Invalid", message }))
    }
    expect(() => ReplicatedJournals.make(undefined as never)).toThrow(expect.objectContaining({ reason: "Invalid" }))
    const journals = make()
    const reads = [
      journals.readReplicated(7 as never),
      journals.readReplicated("a", { from: "1" as never }),
      journals.readReplicated("a", { from: 0 }),
      journals.readReplicated("a", { atLeast: 4 as never }),
      journals.readReplicated("a", { atLeast: { partition: 0, offset: Number.NaN } })
    ]
    for (const read of reads) expect(await rejection(read)).toMatchObject({ _tag: "JournalError", reason: "Invalid" })
  })

  it("show what was given, and not what was given as credentials", () => {
    expect(() => make({ region: 3 } as object)).toThrow("`region` is 3, and has to be a text that is not empty.")
    expect(() => make({ deadlineMs: 0 })).toThrow("`deadlineMs` is 0, and has to be a number of milliseconds above 0.")
    expect(() => make({ credentials: "hunter2" } as object)).toThrow(/^`credentials` have to be \{ accessKeyId, [^2]*$/)
    expect(() => make({ credentials: { accessKeyId: "a", secretAccessKey: 73 } } as object)).toThrow(
      "`credentials.secretAccessKey` has to be a text that is not empty."
    )
  })

  it("name a table that is none of theirs", async () => {
    expect(await rejection(make({ table: "none" }).readReplicated("a"))).toMatchObject({
      reason: "Store",
      message: expect.stringContaining("DynamoDB table none")
    })
  })
})
