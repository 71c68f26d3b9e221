import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { killed, makeMemoryDisk, powerCut, type Survival } from "../../../../adapters/memory/index.ts"
import type { Disk } from "../../../../core/ports/index.ts"
import { makePrng } from "../../../../core/simulation/Prng.ts"
import { makeSimulatedDisk } from "../../../../core/simulation/SimulatedDisk.ts"
import { openSnapshots, SnapshotDamaged } from "../../../../core/storage/index.ts"

const folder = "snapshots"
const open = (disk: Disk) => Effect.map(openSnapshots(disk, folder), ({ files }) => files)
const name = Uint8Array.of(4)
const content = (rank: number): Uint8Array => new Uint8Array(20 + rank).fill(rank)

/** Keeps one, and has another arrive; tells which are known to be newest. */
const live = Effect.fnUntraced(function* (disk: Disk) {
  const newest: Array<number> = [0]
  const begun: Array<number> = [0]
  yield* Effect.gen(function* () {
    const files = yield* open(disk)
    const first = files.newest?.rank ?? 0
    newest.push(first)
    begun.push(first + 1)
    yield* files.keep(first + 1, name, content(first + 1))
    newest.push(first + 1)
    const rank = first + 2
    const bytes = content(rank)
    yield* files.write({ rank, name, size: bytes.length, offset: 0, bytes: bytes.subarray(0, 9) })
    yield* files.write({ rank, name, size: bytes.length, offset: 9, bytes: bytes.subarray(9) })
    begun.push(rank)
    yield* files.install(rank)
    newest.push(rank)
  }).pipe(Effect.exit)
  return { newest: newest.at(-1)!, begun: begun.at(-1)! }
})

/** Opens the folder, and checks that the newest is whole and that there is nothing else. */
const newestOf = Effect.fnUntraced(function* (disk: Disk) {
  const files = yield* open(disk)
  const rank = files.newest?.rank ?? 0
  if (rank > 0) expect(yield* files.read(rank, 0, 1000)).toEqual(content(rank))
  expect((yield* disk.list(folder)).length).toBe(rank > 0 ? 1 : 0)
  return rank
})

describe("publishing a snapshot", () => {
  it.effect("that a crash cuts short at any byte or step leaves the one before or the new one, whole", () =>
    Effect.gen(function* () {
      const survivals: ReadonlyArray<Survival> = [
        killed,
        powerCut,
        { bytes: () => 0, entries: "last" },
        { bytes: (_path, unsynced) => unsynced >> 1, entries: "last" },
        { bytes: (_path, unsynced) => unsynced, entries: "synced" }
      ]
      for (let at = 0; ; at++) {
        const disk = makeMemoryDisk({ crashable: true })
        disk.crashAfter(at)
        const { begun, newest } = yield* live(disk)
        for (const survival of survivals) {
          const left = disk.crashed(survival)
          const rank = yield* newestOf(left)
          expect([newest, begun]).toContain(rank)
          expect((yield* live(left)).newest).toBe(rank + 2)
        }
        if (newest === 2) return
      }
    })
  )

  it("survives crash after crash on a disk that tears and reorders, and never goes back", () => {
    for (let seed = 0; seed < 300; seed++) {
      const random = makePrng(seed)
      const simulated = makeSimulatedDisk({ random: random.stream("disk"), faults: { sectorBytes: 16 } })
      let least = 0
      for (let life = 0; life < 6; life++) {
        simulated.haltAfter(random.below(25))
        if (random.chance(20)) simulated.failNextSync()
        const { newest } = Effect.runSync(live(simulated.disk))
        if (random.chance(70)) simulated.crash()
        else simulated.processCrash()
        const found = Effect.runSync(newestOf(simulated.disk))
        expect(found).toBeGreaterThanOrEqual(Math.max(least, newest))
        least = found
      }
    }
  })

  it.effect("is refused when a single bit of it has changed since", () =>
    Effect.gen(function* () {
      const disk = makeMemoryDisk()
      yield* live(disk)
      const [entry] = yield* disk.list(folder)
      const path = `${folder}/${entry!.name}`
      const whole = yield* disk.read(path, 0, entry!.size)
      for (let bit = 0; bit < 8 * whole.length; bit++) {
        yield* disk.write(path, bit >> 3, [Uint8Array.of(whole[bit >> 3]! ^ (1 << (bit & 7)))])
        const error = yield* Effect.flip(open(disk))
        expect(error).toBeInstanceOf(SnapshotDamaged)
        expect(error).toMatchObject({ file: path })
        yield* disk.write(path, 0, [whole])
      }
      yield* disk.truncate(path, whole.length - 1)
      expect((yield* Effect.flip(open(disk))).message).toContain("a node with a new id")
      yield* disk.truncate(path, 10)
      expect(yield* Effect.flip(open(disk))).toBeInstanceOf(SnapshotDamaged)
      yield* disk.truncate(path, 0)
      yield* disk.write(path, 0, [whole])
      yield* disk.rename(path, `${folder}/00000000000000000009.snapshot`)
      expect((yield* Effect.flip(open(disk))).message).toContain("says that it is snapshot 2")
    })
  )
})
