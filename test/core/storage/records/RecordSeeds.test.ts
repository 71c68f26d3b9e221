import { describe, expect, it } from "vitest"
import * as Effect from "effect/Effect"
import { makePrng, type Prng } from "../../../../core/simulation/Prng.ts"
import { makeSimulatedDisk, type SimulatedDisk } from "../../../../core/simulation/SimulatedDisk.ts"
import { RecordLogDamaged, RecordLogFailed } from "../../../../core/storage/index.ts"
import { append, open, wordsOf } from "./RecordHistory.ts"

/** What a client of the log knows: words that are there for good, and those of the append that was under way. */
interface Known {
  readonly kept: ReadonlyArray<string>
  readonly pending: ReadonlyArray<string>
}

const plain = (words: ReadonlyArray<string>): ReadonlyArray<string> => words.filter((word) => word !== "preamble")

/** Lives of one node until a failure ends each of them; the last has none. */
const lives = Effect.fnUntraced(function* (
  seed: number,
  count: number,
  harm: (simulated: SimulatedDisk, random: Prng, before: "open" | "append") => void
) {
  const random = makePrng(seed)
  const sectorBytes = random.pick([64, 128, 512])
  const simulated = makeSimulatedDisk({ random: random.stream("disk"), faults: { sectorBytes } })
  const ends: Array<string> = []
  let known: Known = { kept: [], pending: [] }
  let said = 0
  for (let left = count; left > 0; left--) {
    harm(simulated, random, "open")
    const life = Effect.gen(function* () {
      const opened = yield* open(simulated.disk)
      const words = plain(wordsOf(opened))
      const both = [...known.kept, ...known.pending]
      expect([`${known.kept}`, `${both}`]).toContain(`${words}`)
      known = { kept: words, pending: [] }
      for (let i = random.below(12); i > 0; i--) {
        const pending = Array.from(
          { length: 1 + random.below(3) },
          () => `word ${said++} ${"x".repeat(random.below(60))}`
        )
        known = { ...known, pending }
        harm(simulated, random, "append")
        yield* append(opened.log, said, ...pending)
        known = { kept: [...known.kept, ...pending], pending: [] }
        if (random.chance(20)) yield* opened.log.settle
      }
    })
    const ended = yield* Effect.result(life)
    if (ended._tag === "Failure") ends.push(ended.failure._tag)
    if (ended._tag === "Failure" && ended.failure._tag === "RecordLogDamaged") return { ends, known, simulated }
    if (random.chance(70)) simulated.crash()
    else simulated.processCrash()
  }
  return { ends, known, simulated }
})

describe("a record log on a disk that does what disks do", () => {
  it("has all that was appended after every crash at any persist, and is never taken for damaged", () => {
    const ends: Record<string, number> = {}
    for (let seed = 0; seed < 200; seed++) {
      const lived = Effect.runSync(
        lives(seed, 8, (simulated, random, before) => {
          if (before === "open" && random.chance(80)) simulated.haltAfter(random.below(30))
        })
      )
      for (const end of lived.ends) ends[end] = (ends[end] ?? 0) + 1
    }
    expect(Object.keys(ends).sort()).toEqual(["DiskError", "RecordLogFailed"])
    expect(ends["RecordLogFailed"]).toBeGreaterThan(250)
  })

  it("loses nothing by a sync that fails, although the system then takes it for done", () => {
    let failed = 0
    for (let seed = 0; seed < 200; seed++) {
      const lived = Effect.runSync(
        lives(seed, 8, (simulated, random) => {
          if (random.chance(10)) simulated.failNextSync()
        })
      )
      failed += lived.ends.length
      expect(lived.ends).not.toContain("RecordLogDamaged")
    }
    expect(failed).toBeGreaterThan(500)
  })

  it("refuses what has rotten or was misdirected below what it knows to be synced, or has lost nothing by it", () => {
    let refusals = 0
    for (let seed = 0; seed < 150; seed++) {
      const lived = Effect.runSync(lives(seed, 2, () => {}))
      const { known, simulated } = lived
      expect(lived.ends).toEqual([])
      Effect.runSync(open(simulated.disk))
      if (seed % 2 === 0) simulated.rot()
      else simulated.misdirect()
      const found = Effect.runSync(Effect.result(open(simulated.disk)))
      if (found._tag === "Success") expect(plain(wordsOf(found.success))).toEqual(known.kept)
      else expect(found.failure).toBeInstanceOf(RecordLogDamaged)
      if (found._tag === "Failure") refusals++
    }
    expect(refusals).toBeGreaterThan(50)
  })

  it("never appends again after a failed sync", () => {
    const simulated = makeSimulatedDisk({ random: makePrng(1), faults: {} })
    const { log } = Effect.runSync(open(simulated.disk))
    Effect.runSync(append(log, 1, "a"))
    simulated.failNextSync()
    const failure = Effect.runSync(Effect.flip(append(log, 2, "b")))
    expect(failure).toBeInstanceOf(RecordLogFailed)
    const before = simulated.persists
    expect(Effect.runSync(Effect.flip(append(log, 3, "c")))).toBe(failure)
    expect(simulated.persists).toBe(before)
  })
})
