import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { Disk } from "../../../core/ports/index.ts"
import { makePrng, makeSimulatedDisk, type Prng, type SimulatedDisk } from "../../../core/simulation/index.ts"
import {
  checkpointFile,
  checkpointStep,
  logFile,
  performSteps,
  type RecoveredLog,
  recover
} from "../../../core/storage/index.ts"
import { PlainWriter } from "./PlainWriter.ts"

const folder = "orders-3"
const marks = checkpointFile(folder)
const open = (disk: Disk) => recover(disk, { topic: "orders", partition: 3 }, { maxProducers: 10 })

const simulate = (random: Prng): SimulatedDisk => makeSimulatedDisk({ random, faults: { sectorBytes: 64 } })

/** What a log is, down to its bytes. */
const contents = Effect.fnUntraced(function* (disk: Disk, { checkpoint, producers, segments }: RecoveredLog) {
  const files: Array<readonly [base: number, endOffset: number, bytes: Uint8Array]> = []
  for (const { base, endOffset, size } of segments) {
    files.push([base, endOffset, yield* disk.read(logFile(folder, base), 0, size + 1)])
  }
  return { files, logStart: checkpoint.logStart, batches: producers.get(7)?.batches }
})

/** Writes as a log does, closes as a log does, and goes on until a sync fails or there is no more to do. */
const live = Effect.fnUntraced(function* (disk: Disk, random: Prng, log: RecoveredLog) {
  const writer = new PlainWriter(disk, log)
  for (let i = 0; i < 8; i++) {
    yield* writer.append(`${i}`.padEnd(random.below(300), "x"))
    if (random.chance(40)) yield* writer.sync
    if (random.chance(15)) yield* writer.roll
  }
  if (random.chance(50)) return
  yield* writer.sync
  yield* disk.sync(marks)
  if (random.chance(50)) return
  const { checkpoint } = writer
  const logStart = log.segments.at(-1)!.base
  yield* performSteps(disk, [
    checkpointStep(folder, { ...checkpoint, sequence: checkpoint.sequence + 1, logStart }),
    { _tag: "Sync", paths: [marks] }
  ])
})

/** The disk, some of whose syncs fail. */
const failing = (simulated: SimulatedDisk, random: Prng, percent: number): Disk => ({
  ...simulated.disk,
  sync: (path) =>
    Effect.suspend(() => {
      if (random.chance(percent)) simulated.failNextSync()
      return simulated.disk.sync(path)
    })
})

describe("recovery after a sync that has failed", () => {
  it.effect("goes on from nothing that the end of the machine takes, also where a recovery before it has failed", () =>
    Effect.gen(function* () {
      let opened = 0
      for (let seed = 0; seed < 400; seed++) {
        const random = makePrng(seed)
        const simulated = simulate(random)
        const disk = failing(simulated, random, 15)
        for (let lives = 0; lives < 6; lives++) {
          const log = yield* Effect.option(open(disk))
          if (log._tag === "Some") yield* Effect.exit(live(disk, random, log.value))
          if (random.chance(70)) simulated.processCrash()
          else simulated.crash()
        }
        const found = yield* open(simulated.disk)
        const before = yield* contents(simulated.disk, found)
        opened += before.files.length
        simulated.crash("Lost")
        expect(yield* contents(simulated.disk, yield* open(simulated.disk))).toEqual(before)
      }
      expect(opened).toBeGreaterThan(500)
    })
  )

  it.effect("writes the checkpoint again that it goes on from, also after a log that was closed in order", () =>
    Effect.gen(function* () {
      for (let seed = 0; seed < 50; seed++) {
        const simulated = simulate(makePrng(seed))
        const { disk } = simulated
        const writer = new PlainWriter(disk, yield* open(disk))
        yield* writer.append("a")
        yield* writer.roll
        yield* writer.append("b")
        yield* writer.sync
        yield* disk.sync(marks)
        const { checkpoint } = writer
        const last = { ...checkpoint, sequence: checkpoint.sequence + 1, logStart: 1 }
        yield* performSteps(disk, [checkpointStep(folder, last)])
        simulated.failNextSync()
        expect((yield* Effect.exit(disk.sync(marks)))._tag).toBe("Failure")
        simulated.processCrash()
        expect((yield* open(disk)).segments.map(({ base }) => base)).toEqual([1])
        simulated.crash("Lost")
        expect((yield* open(disk)).checkpoint).toMatchObject({ logStart: 1, position: last.position })
      }
    })
  )

  it.effect("never finds records again that a recovery has cut off, also where the cut was forgotten", () =>
    Effect.gen(function* () {
      for (let seed = 0; seed < 200; seed++) {
        const simulated = simulate(makePrng(seed))
        const { disk } = simulated
        const first = new PlainWriter(disk, yield* open(disk))
        yield* first.append("synced")
        yield* first.sync
        const { size } = first.active
        const toSector = 64 - ((2 * size) % 64)
        yield* first.append("damage".padEnd(6 + toSector, "d"))
        expect(first.active.size % 64).toBe(0)
        yield* first.append("cut off")
        yield* disk.sync(logFile(folder, 0))
        yield* disk.write(logFile(folder, 0), size + 70, [Uint8Array.of(0xff)])
        let fails = 1
        const failing: Disk = {
          ...disk,
          sync: (path) => {
            if (path === logFile(folder, 0) && fails-- === 1) simulated.failNextSync()
            return disk.sync(path)
          }
        }
        yield* Effect.exit(open(failing))
        simulated.processCrash()

        const second = new PlainWriter(disk, yield* open(disk))
        expect(second.active.size).toBe(size)
        yield* second.append("writte".padEnd(6 + toSector, "n"))
        simulated.crash("Reordered")
        const left = yield* open(disk)
        expect(left.segments[0]!.endOffset).toBeLessThan(3)
      }
    })
  )

  it.effect("writes again no more of the log than what is not known to be synced", () =>
    Effect.gen(function* () {
      const { disk } = simulate(makePrng(1))
      const writer = new PlainWriter(disk, yield* open(disk))
      yield* writer.append("a".repeat(3_000_000))
      yield* writer.sync
      const synced = writer.active.size
      yield* writer.append("b".repeat(2_500_000))
      const written: Array<readonly [from: number, to: number]> = []
      const watched: Disk = {
        ...disk,
        write: (path, position, chunks) => {
          const size = chunks.reduce((sum, chunk) => sum + chunk.length, 0)
          if (path === logFile(folder, 0)) written.push([position, position + size])
          return disk.write(path, position, chunks)
        }
      }
      yield* open(watched)
      expect(written[0]?.[0]).toBe(synced)
      expect(written.at(-1)?.[1]).toBe(writer.active.size)
      expect(written.slice(1).map(([from]) => from)).toEqual(written.slice(0, -1).map(([, to]) => to))
      written.length = 0
      yield* open(watched)
      expect(written).toEqual([])
    })
  )
})
