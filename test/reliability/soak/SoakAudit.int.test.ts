import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import { afterAll, describe, expect, it } from "vitest"
import { replicate } from "../../../core/journal/index.ts"
import { makePrng } from "../../../core/simulation/index.ts"
import type { JournalStore } from "../../../core/ports/index.ts"
import { Broker } from "../../../runtimes/node/Broker.ts"
import { openLog, openStore } from "../../../runtimes/node/index.ts"
import { Journals } from "../../../runtimes/promise/index.ts"
import { spotless } from "../../kills/Tally.ts"
import { until } from "../Until.ts"
import { KeyBook } from "./KeyBook.ts"
import { judgeLog, judgeStore, oracleOf } from "./SoakAudit.ts"
import { SoakLoad } from "./SoakLoad.ts"

const folder = mkdtempSync(join(tmpdir(), "odradek-soak-audit-"))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** A store that loses the events of one journal in the batch that has the thousandth step of that kind, and each thousandth after it. */
const forgetful = (inner: JournalStore): JournalStore => {
  let puts = 0
  return {
    ...inner,
    write: (steps) => inner.write(steps.filter((step) => step._tag !== "PutEvents" || ++puts % 1000 !== 0))
  }
}

/** A load without anything that goes wrong but the store, and what is said of it. */
const soakOf = (wrap: (store: JournalStore) => JournalStore, isEnough: (load: SoakLoad) => boolean) =>
  Effect.gen(function* () {
    const { address } = yield* Broker.start({ autoCreateTopics: true })
    const brokers = [address]
    const topic = "soak"
    const storeAddress = `sqlite:${join(mkdtempSync(join(folder, "store-")), "journal.db")}`
    const log = yield* openLog({ brokers })
    const store = yield* openStore(storeAddress)
    yield* replicate({ log, store: wrap(store), topics: [topic], discoveryMs: 250 })
    const open = (headCache: boolean) =>
      Effect.acquireRelease(
        Effect.promise(() => Journals.open({ brokers, topic, store: storeAddress, headCache, log: () => undefined })),
        (journals) => Effect.promise(() => journals.close())
      )
    const [warm, cold] = [yield* open(true), yield* open(false)]
    const load = new SoakLoad({
      writers: Array.from({ length: 12 }, () => warm),
      readers: [warm, cold],
      keys: 48,
      random: makePrng(7)
    })
    load.start()
    yield* until(
      "there is enough",
      Effect.sync(() => isEnough(load)),
      100
    )
    yield* Effect.promise(() => load.stop())
    const oracle = yield* oracleOf(log, topic)
    const { sentences: differences } = yield* judgeStore(log, store, topic, oracle)
    return { load, log: judgeLog(oracle, load.books), differences }
  }).pipe(Effect.scoped, Effect.provide(Logger.layer([])), Effect.runPromise)

describe("the judgement of a soak", { timeout: 120_000 }, () => {
  it("finds nothing where nothing is wrong", async () => {
    const { differences, load, log } = await soakOf(
      (store) => store,
      ({ counts }) => counts.appends > 500 && counts.reads > 50 && counts.purges > 0
    )
    expect({ differences, log, readers: load.verdict, complaints: load.complaints }).toEqual({
      differences: [],
      log: spotless,
      readers: spotless,
      complaints: []
    })
  })

  it("finds a store that loses one in a thousand writes of events, in what readers see and in what the store has", async () => {
    const { differences, load, log } = await soakOf(forgetful, ({ verdict }) => verdict.lost.length > 0)
    expect(log).toEqual(spotless)
    expect(load.verdict.lost.length).toBeGreaterThan(0)
    expect(differences.length).toBeGreaterThan(0)
  })
})

describe("a reading of a journal whose writer is known", () => {
  const book = new KeyBook("k")
  Object.assign(book, { acknowledged: 4, tried: 6, deleted: 1, deleteTried: 2 })
  const named = (...seqNrs: ReadonlyArray<number>) => seqNrs.map((seqNr) => [seqNr, book.nameOf(seqNr)] as const)

  it("is spotless with everything acknowledged, with or without what is unknown", () => {
    expect(book.judge(named(3, 4), book.certain)).toEqual(spotless)
    expect(book.judge(named(2, 3, 4, 5, 6), book.certain)).toEqual(spotless)
  })

  it("has lost what is acknowledged and not there", () => {
    expect(book.judge(named(3, 5), book.certain)).toEqual({ ...spotless, lost: ["k/0/4"] })
  })

  it("has doubled what is there twice, and reordered what is behind a later one", () => {
    expect(book.judge(named(3, 4, 4), book.certain)).toEqual({ ...spotless, doubled: ["k/0/4"] })
    expect(book.judge(named(4, 3), book.certain)).toEqual({ ...spotless, reordered: ["k/0/3"] })
  })

  it("has invented what was deleted, was never written, or has another number", () => {
    expect(book.judge(named(1, 3, 4, 7), book.certain).invented).toEqual(["k/0/1 as 1", "k/0/7 as 7"])
    expect(book.judge([[3, "k/0/4"], ...named(4)], book.certain).invented).toEqual(["k/0/4 as 3"])
  })
})
