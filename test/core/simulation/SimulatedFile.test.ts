import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { makePrng } from "../../../core/simulation/Prng.ts"
import { type PowerCut, SimulatedFile } from "../../../core/simulation/SimulatedFile.ts"

const sector = 4

type Act =
  | { readonly _tag: "Write"; readonly position: number; readonly length: number }
  | { readonly _tag: "Truncate"; readonly length: number }
  | { readonly _tag: "Sync" }

const acts = fc.array(
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({ _tag: fc.constant("Write" as const), position: fc.nat(24), length: fc.nat(12) })
    },
    { weight: 2, arbitrary: fc.record({ _tag: fc.constant("Truncate" as const), length: fc.nat(30) }) },
    { weight: 1, arbitrary: fc.record({ _tag: fc.constant("Sync" as const) }) }
  ),
  { maxLength: 12 }
)

/** The whole file after each act, as plainly as can be; each write has a byte of its own. */
const versionsOf = (story: ReadonlyArray<Act>): ReadonlyArray<ReadonlyArray<number>> => {
  const versions: Array<ReadonlyArray<number>> = [[]]
  for (const [i, act] of story.entries()) {
    const next = [...versions[versions.length - 1]!]
    if (act._tag === "Write" && act.length > 0) {
      while (next.length < act.position) next.push(0)
      for (let k = 0; k < act.length; k++) next[act.position + k] = i + 1
    }
    if (act._tag === "Truncate") {
      next.length = Math.min(next.length, act.length)
      while (next.length < act.length) next.push(0)
    }
    versions.push(next)
  }
  return versions
}

const perform = (story: ReadonlyArray<Act>, tornPercent = 0): SimulatedFile => {
  const file = new SimulatedFile({ bytes: sector, tornPercent })
  for (const [i, act] of story.entries()) {
    if (act._tag === "Write") {
      const half = act.length >> 1
      file.write(
        act.position,
        [new Uint8Array(half).fill(i + 1), new Uint8Array(act.length - half).fill(i + 1)],
        act.length
      )
    }
    if (act._tag === "Truncate") file.truncate(act.length)
    if (act._tag === "Sync") file.sync()
  }
  return file
}

/** The versions since the last sync, the synced one first. */
const possible = (story: ReadonlyArray<Act>): ReadonlyArray<ReadonlyArray<number>> =>
  versionsOf(story).slice(story.findLastIndex(({ _tag }) => _tag === "Sync") + 1)

const contentOf = (file: SimulatedFile): ReadonlyArray<number> => [...file.read(0, 1000)]

const pad = (version: ReadonlyArray<number>, from: number, to: number): ReadonlyArray<number> =>
  Array.from({ length: to - from }, (_, i) => version[from + i] ?? 0)

const afterCrash = (story: ReadonlyArray<Act>, kind: PowerCut, seed: number, tornPercent = 0) => {
  const file = perform(story, tornPercent)
  file.crash(kind, makePrng(seed))
  return contentOf(file)
}

describe("a simulated file", () => {
  it("is what a plain file is, whatever is done to it", () => {
    fc.assert(
      fc.property(acts, (story) => {
        expect(contentOf(perform(story))).toEqual(versionsOf(story).at(-1))
      })
    )
  })

  it("is as it was last synced after a power cut that takes the rest", () => {
    fc.assert(
      fc.property(acts, (story) => {
        expect(afterCrash(story, "Lost", 1)).toEqual(possible(story)[0])
      })
    )
  })

  it("is after a power cut in order as it was at some time since, but for the first sectors of the next write", () => {
    fc.assert(
      fc.property(acts, fc.nat(), (story, seed) => {
        const left = afterCrash(story, "Prefix", seed)
        const versions = possible(story)
        const isPart = versions.some((before, i) => {
          const after = versions[i + 1] ?? before
          return Array.from({ length: left.length + 1 }, (_, cut) => cut).some((cut) => {
            const size = Math.max(before.length, Math.min(cut, after.length))
            const whole = cut % sector === 0 || cut === after.length
            return whole && `${left}` === `${[...after.slice(0, cut), ...pad(before, cut, Math.max(cut, size))]}`
          })
        })
        const isWhole = versions.some((version) => `${version}` === `${left}`)
        expect(isWhole || isPart).toBe(true)
      }),
      { numRuns: 300 }
    )
  })

  it("is after a power cut out of order in each sector as that was at some time since, and of a size that it had", () => {
    fc.assert(
      fc.property(acts, fc.nat(), (story, seed) => {
        const left = afterCrash(story, "Reordered", seed)
        const versions = possible(story)
        expect(versions.map(({ length }) => length)).toContain(left.length)
        for (let from = 0; from < left.length; from += sector) {
          const to = Math.min(from + sector, left.length)
          expect(versions.map((version) => `${pad(version, from, to)}`)).toContain(`${left.slice(from, to)}`)
        }
      }),
      { numRuns: 500 }
    )
  })

  it("may have torn sectors when they may be torn, whose bytes are old or new", () => {
    let torn = 0
    fc.assert(
      fc.property(acts, fc.nat(), fc.constantFrom<PowerCut>("Prefix", "Reordered"), (story, seed, kind) => {
        const left = afterCrash(story, kind, seed, 100)
        const versions = possible(story)
        for (const [at, byte] of left.entries()) expect(versions.map((version) => version[at] ?? 0)).toContain(byte)
        for (let from = 0; from < left.length; from += sector) {
          const to = Math.min(from + sector, left.length)
          if (!versions.some((version) => `${pad(version, from, to)}` === `${left.slice(from, to)}`)) torn++
        }
      }),
      { numRuns: 500 }
    )
    expect(torn).toBeGreaterThan(10)
  })

  it("is after an unsynced power cut everything that was written, at times, and only a part, at others", () => {
    const story: ReadonlyArray<Act> = [
      { _tag: "Write", position: 0, length: 8 },
      { _tag: "Sync" },
      { _tag: "Write", position: 6, length: 8 }
    ]
    for (const [kind, outcomes] of [
      ["Prefix", ["1,1,1,1,1,1,1,1", "1,1,1,1,1,1,3,3", "1,1,1,1,1,1,3,3,3,3,3,3", "1,1,1,1,1,1,3,3,3,3,3,3,3,3"]],
      [
        "Reordered",
        [
          "1,1,1,1,1,1,1,1",
          "1,1,1,1,1,1,3,3",
          "1,1,1,1,1,1,1,1,0,0,0,0,0,0",
          "1,1,1,1,1,1,1,1,0,0,0,0,3,3",
          "1,1,1,1,1,1,1,1,3,3,3,3,0,0",
          "1,1,1,1,1,1,1,1,3,3,3,3,3,3",
          "1,1,1,1,1,1,3,3,0,0,0,0,0,0",
          "1,1,1,1,1,1,3,3,0,0,0,0,3,3",
          "1,1,1,1,1,1,3,3,3,3,3,3,0,0",
          "1,1,1,1,1,1,3,3,3,3,3,3,3,3"
        ]
      ]
    ] as const) {
      const seen = new Set(Array.from({ length: 300 }, (_, seed) => `${afterCrash(story, kind, seed)}`))
      expect([...seen].sort()).toEqual([...outcomes].sort())
    }
  })

  it("shows after a failed sync all that was written, and has on the disk what was there or was written", () => {
    fc.assert(
      fc.property(acts, acts, fc.nat(), (first, second, seed) => {
        const file = perform(first)
        file.failSync("Reordered", makePrng(seed))
        expect(contentOf(file)).toEqual(versionsOf(first).at(-1))
        const story = second.filter(({ _tag }) => _tag !== "Sync")
        for (const act of story) {
          if (act._tag === "Write") file.write(act.position, [new Uint8Array(act.length).fill(99)], act.length)
          if (act._tag === "Truncate") file.truncate(act.length)
        }
        const seen = contentOf(file)
        file.sync()
        expect(contentOf(file)).toEqual(seen)
        file.crash("Lost", makePrng(seed))
        const versions = [...possible(first), seen]
        for (const [at, byte] of contentOf(file).entries()) {
          expect(versions.map((version) => version[at] ?? 0)).toContain(byte)
          // What was touched since was written with all of its sector.
          const touched = story.some(
            (act) => act._tag === "Write" && act.length > 0 && at >= act.position && at < act.position + act.length
          )
          if (touched && at < seen.length) expect(byte).toBe(seen[at])
        }
      }),
      { numRuns: 300 }
    )
  })
})
