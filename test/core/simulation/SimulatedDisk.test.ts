import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { diskContract } from "../../../core/ports/contract/index.ts"
import type { DiskError } from "../../../core/ports/index.ts"
import { makePrng, type Prng } from "../../../core/simulation/Prng.ts"
import { type DiskFaults, makeSimulatedDisk, type SimulatedDisk } from "../../../core/simulation/SimulatedDisk.ts"

const make = (seed = 1, faults: DiskFaults = {}): SimulatedDisk => makeSimulatedDisk({ random: makePrng(seed), faults })
const run = <A>(effect: Effect.Effect<A, DiskError>): A => Effect.runSync(effect)
const reasonOf = <A>(effect: Effect.Effect<A, DiskError>): string => Effect.runSync(Effect.flip(effect)).reason

const bytes = (...values: ReadonlyArray<number>): Uint8Array => Uint8Array.from(values)
const filled = (length: number, value: number): Uint8Array => new Uint8Array(length).fill(value)
const read = ({ disk }: SimulatedDisk, path: string): Uint8Array => run(disk.read(path, 0, 1e6))
const names = ({ disk }: SimulatedDisk, path = ""): ReadonlyArray<string> =>
  run(disk.list(path)).map(({ name }) => name)

/** A file `a` of these bytes, synced with its name. */
const withFile = (simulated: SimulatedDisk, content: Uint8Array): SimulatedDisk => {
  const { disk } = simulated
  run(disk.write("a", 0, [content]))
  run(disk.sync("a"))
  run(disk.syncFolder(""))
  return simulated
}

const forbidden: Prng = {
  below: () => expect.unreachable(),
  chance: () => expect.unreachable(),
  pick: () => expect.unreachable(),
  stream: () => expect.unreachable()
}

describe("a simulated disk", () => {
  const subject = Effect.sync(() => {
    const { disk } = make()
    return { disk, other: disk }
  })
  for (const { name, run: check } of diskContract(subject)) it.effect(name, () => check)

  it("draws no randomness as long as nothing goes wrong", () => {
    const simulated = withFile(makeSimulatedDisk({ random: forbidden, faults: {} }), bytes(1))
    run(simulated.disk.rename("a", "b"))
    run(simulated.disk.truncate("b", 0))
    simulated.processCrash()
    expect(names(simulated)).toEqual(["b"])
  })

  it("loses in a power cut of the kind Lost all that was not synced", () => {
    const simulated = withFile(make(), bytes(1, 2))
    run(simulated.disk.write("a", 1, [bytes(9, 9)]))
    run(simulated.disk.write("b", 0, [bytes(1)]))
    simulated.crash("Lost")
    expect(read(simulated, "a")).toEqual(bytes(1, 2))
    expect(names(simulated)).toEqual(["a"])
  })

  it("keeps after the end of a process what was written, and may lose it in a later power cut", () => {
    const simulated = withFile(make(), bytes(1))
    run(simulated.disk.write("a", 1, [bytes(2)]))
    simulated.processCrash()
    expect(read(simulated, "a")).toEqual(bytes(1, 2))
    simulated.crash("Lost")
    expect(read(simulated, "a")).toEqual(bytes(1))
  })

  it("has a file whose name was never synced with its bytes or not at all", () => {
    const seen = new Set<number>()
    for (let seed = 0; seed < 40; seed++) {
      const simulated = make(seed)
      run(simulated.disk.write("a", 0, [bytes(1, 2)]))
      run(simulated.disk.sync("a"))
      simulated.crash()
      seen.add(names(simulated).length)
      if (names(simulated).length > 0) expect(read(simulated, "a")).toEqual(bytes(1, 2))
    }
    expect([...seen].sort()).toEqual([0, 1])
  })

  it("loses a folder with all in it when its name was never synced", () => {
    const simulated = make()
    run(simulated.disk.makeFolder("p"))
    run(simulated.disk.write("p/a", 0, [bytes(1)]))
    run(simulated.disk.sync("p/a"))
    run(simulated.disk.syncFolder("p"))
    simulated.crash("Lost")
    expect(names(simulated)).toEqual([])
  })

  it("has after a rename that was not synced the old file or the new one, and never neither", () => {
    const seen = new Set<string>()
    for (let seed = 0; seed < 60; seed++) {
      const simulated = withFile(make(seed), bytes(1))
      run(simulated.disk.write("b", 0, [bytes(2)]))
      run(simulated.disk.sync("b"))
      run(simulated.disk.rename("b", "a"))
      simulated.crash()
      seen.add(`${names(simulated).join()} ${read(simulated, "a").join()}`)
    }
    expect([...seen].sort()).toEqual(["a 1", "a 2", "a,b 1"])
  })

  it("has after a removal that was not synced the file as it was, or none", () => {
    const seen = new Set<string>()
    for (let seed = 0; seed < 30; seed++) {
      const simulated = withFile(make(seed), bytes(1))
      run(simulated.disk.remove("a"))
      simulated.crash()
      seen.add(names(simulated).length === 0 ? "none" : read(simulated, "a").join())
    }
    expect([...seen].sort()).toEqual(["1", "none"])
  })

  it("says which kind of power cut it was, and has only those that it was given", () => {
    const kinds = new Set(Array.from({ length: 30 }, (_, seed) => make(seed).crash()))
    expect([...kinds].sort()).toEqual(["Lost", "Prefix", "Reordered"])
    for (let seed = 0; seed < 10; seed++) expect(make(seed, { powerCuts: ["Prefix"] }).crash()).toBe("Prefix")
  })

  it("frees the lock in a crash, and an old holder frees only its own", () =>
    Effect.runSync(
      Effect.gen(function* () {
        const simulated = make()
        yield* Effect.scoped(
          Effect.gen(function* () {
            yield* simulated.disk.lock
            simulated.crash()
            yield* Effect.scoped(simulated.disk.lock)
            simulated.processCrash()
          })
        )
        yield* Effect.scoped(simulated.disk.lock)
      })
    ))

  it("may lose what a failed sync was about although the next sync succeeds, and shows it until then", () => {
    const left = new Set<string>()
    for (let seed = 0; seed < 40; seed++) {
      const simulated = withFile(make(seed), filled(1024, 1))
      run(simulated.disk.write("a", 0, [filled(2048, 2)]))
      simulated.failNextSync()
      expect(reasonOf(simulated.disk.sync("a"))).toBe("Io")
      run(simulated.disk.sync("a"))
      expect(read(simulated, "a")).toEqual(filled(2048, 2))
      simulated.crash("Lost")
      left.add(`${read(simulated, "a").length} ${read(simulated, "a")[600]}`)
    }
    expect([...left]).toContain("1024 1")
    expect([...left]).toContain("2048 2")
  })

  it("brings to the disk what is written again after a failed sync", () => {
    for (let seed = 0; seed < 40; seed++) {
      const simulated = withFile(make(seed), filled(1000, 1))
      run(simulated.disk.write("a", 500, [filled(2000, 2)]))
      simulated.failNextSync()
      reasonOf(simulated.disk.sync("a"))
      run(simulated.disk.write("a", 700, [filled(1800, 2)]))
      run(simulated.disk.sync("a"))
      simulated.crash()
      expect(read(simulated, "a").length).toBe(2500)
      // The sector that holds byte 700 was written as a whole.
      expect(read(simulated, "a").subarray(512)).toEqual(filled(1988, 2))
    }
  })

  it("lets a sync of a folder fail, and then nothing of it is synced", () => {
    const simulated = withFile(make(), bytes(1))
    run(simulated.disk.write("b", 0, [bytes(1)]))
    simulated.failNextSync()
    expect(reasonOf(simulated.disk.syncFolder(""))).toBe("Io")
    simulated.crash("Lost")
    expect(names(simulated)).toEqual(["a"])
  })

  it("rots in one bit of what is synced, and in nothing else", () => {
    for (let seed = 0; seed < 50; seed++) {
      const simulated = withFile(make(seed, { sectorBytes: 16 }), filled(100, 7))
      run(simulated.disk.write("a", 50, [filled(100, 7)]))
      expect(simulated.rot(makePrng(seed), "a")).toMatch(/^a at byte [0-9]+$/)
      const changed = [...read(simulated, "a").entries()].filter(([, byte]) => byte !== 7)
      expect(changed).toHaveLength(1)
      const [at, byte] = changed[0]!
      expect(at).toBeLessThan(48)
      expect([1, 2, 4, 8, 16, 32, 64, 128]).toContain(byte ^ 7)
    }
  })

  it("has nothing to rot or to misdirect where nothing is synced", () => {
    const simulated = make()
    run(simulated.disk.write("a", 0, [bytes(1)]))
    expect(simulated.rot()).toBeUndefined()
    expect(simulated.misdirect()).toBeUndefined()
    expect(simulated.rot(undefined, "b")).toBeUndefined()
  })

  it("misdirects one sector of the last synced writes: what was there before comes back, and another place is hit", () => {
    const seen = new Set<string>()
    for (let seed = 0; seed < 60; seed++) {
      const simulated = withFile(make(seed, { sectorBytes: 4 }), bytes(1, 1, 1, 1, 2, 2, 2, 2))
      run(simulated.disk.write("a", 4, [bytes(3, 3, 3, 3, 4, 4)]))
      run(simulated.disk.sync("a"))
      expect(simulated.misdirect()).toMatch(/^sector [12] of a to sector [012] of a$/)
      seen.add(read(simulated, "a").join(""))
    }
    expect([...seen].sort()).toEqual(
      [
        // The first sector that was written is in its place no more, and lies in none, the first or the last.
        ["1111222244", "3333222244", "1111222233"],
        // The last, which was shorter than a sector.
        ["1111333300", "4411333300", "1111443300"]
      ]
        .flat()
        .sort()
    )
  })

  it("takes only what fits once it is full, and has room again after a removal", () => {
    const simulated = withFile(make(), filled(10, 1))
    simulated.full(12)
    expect(reasonOf(simulated.disk.write("b", 0, [bytes(2), bytes(3, 4)]))).toBe("Full")
    expect(read(simulated, "b")).toEqual(bytes(2, 3))
    expect(reasonOf(simulated.disk.truncate("a", 11))).toBe("Full")
    run(simulated.disk.write("a", 0, [filled(10, 5)]))
    run(simulated.disk.remove("b"))
    run(simulated.disk.write("a", 10, [bytes(5, 5)]))
    expect(simulated.held).toBe(12)
    simulated.full()
    run(simulated.disk.write("a", 0, [filled(100, 6)]))
  })

  it("is empty and free after a wipe", () => {
    const simulated = withFile(make(), bytes(1))
    simulated.wipe()
    expect(names(simulated)).toEqual([])
    simulated.crash()
    expect(names(simulated)).toEqual([])
  })

  it("halts after so many persists, and works again after a crash", () => {
    const simulated = make()
    const before = simulated.persists
    simulated.haltAfter(2)
    run(simulated.disk.write("a", 0, [bytes(1)]))
    run(simulated.disk.read("a", 0, 1))
    run(simulated.disk.sync("a"))
    expect(simulated.halted).toBe(false)
    expect(reasonOf(simulated.disk.syncFolder(""))).toBe("Io")
    expect(simulated.halted).toBe(true)
    expect(reasonOf(simulated.disk.read("a", 0, 1))).toBe("Io")
    expect(simulated.persists - before).toBe(2)
    simulated.crash("Lost")
    expect(simulated.halted).toBe(false)
    expect(names(simulated)).toEqual([])
  })

  it("comes to the same bytes from the same seed, and tells states apart by their digest", () => {
    const story = (seed: number): ReadonlyArray<number> => {
      const simulated = withFile(make(seed, { sectorBytes: 8 }), filled(64, 1))
      const digests = [simulated.digest()]
      for (let i = 0; i < 20; i++) {
        run(simulated.disk.write("a", i * 5, [filled(20, i)]))
        digests.push(simulated.digest())
      }
      simulated.crash()
      simulated.rot()
      return [...digests, simulated.digest()]
    }
    expect(story(3)).toEqual(story(3))
    const [written, synced] = [make(), make()]
    for (const { disk } of [written, synced]) run(disk.write("a", 0, [bytes(1)]))
    expect(written.digest()).toBe(synced.digest())
    run(synced.disk.sync("a"))
    expect(written.digest()).not.toBe(synced.digest())
    expect(new Set(story(1)).size).toBe(story(1).length)
  })
})
