import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { makePrng, makeSimulatedDisk } from "../../../core/simulation/index.ts"
import {
  checkpointFile,
  checkpointStep,
  indexFile,
  performSteps,
  type ProducerStates,
  recover,
  snapshotFile
} from "../../../core/storage/index.ts"
import type { Disk } from "../../../core/ports/index.ts"
import { PlainWriter } from "./PlainWriter.ts"

const folder = "orders-3"
const open = (disk: Disk) => recover(disk, { topic: "orders", partition: 3 }, { maxProducers: 10 })

const lastOffsets = (producers: ProducerStates): ReadonlyArray<number> =>
  producers.get(7)?.batches.map(({ lastOffset }) => lastOffset) ?? []

describe("a roll", () => {
  it.effect("that a power cut ends leaves no segment that is worth less once those before it are given up", () =>
    Effect.gen(function* () {
      let rolled = 0
      for (let seed = 0; seed < 200; seed++) {
        const random = makePrng(seed)
        const simulated = makeSimulatedDisk({ random, faults: { powerCuts: ["Reordered"] } })
        const { disk } = simulated
        const writer = new PlainWriter(disk, yield* open(disk))
        yield* writer.append("a")
        yield* writer.roll
        yield* writer.append("b")
        yield* writer.append("c")
        yield* writer.sync
        const { endOffset } = writer.active
        const start = { ...writer.checkpoint, sequence: writer.checkpoint.sequence + 1, logStart: endOffset }
        const marks = checkpointFile(folder)
        if (seed % 2 === 0) yield* performSteps(disk, [checkpointStep(folder, start), { _tag: "Sync", paths: [marks] }])
        simulated.haltAfter(random.below(16))
        yield* Effect.exit(writer.roll)
        simulated.crash()

        const found = yield* open(disk)
        expect(lastOffsets(found.producers)).toEqual([0, 1, 2])
        const { base } = found.segments.at(-1)!
        if (base === endOffset) rolled += 1
        const { checkpoint } = found
        yield* performSteps(disk, [
          { _tag: "Sync", paths: [marks] },
          checkpointStep(folder, { ...checkpoint, sequence: checkpoint.sequence + 1, logStart: base }),
          { _tag: "Sync", paths: [marks] }
        ])
        const left = yield* open(disk)
        expect(left.segments.map((segment) => segment.base)).toEqual([base])
        expect(lastOffsets(left.producers)).toEqual([0, 1, 2])
      }
      expect(rolled).toBeGreaterThan(20)
    })
  )

  it.effect("leaves nothing of longer files that an earlier one, cut short, has written in the same place", () =>
    Effect.gen(function* () {
      const { disk } = makeSimulatedDisk({ random: makePrng(1), faults: {} })
      const writer = new PlainWriter(disk, yield* open(disk))
      yield* writer.append("a")
      const closed = writer.active
      const files = [indexFile(folder, 0), snapshotFile(folder, closed.endOffset)]
      for (const path of files) yield* disk.write(path, 0, [new Uint8Array(5000).fill(7)])
      yield* writer.roll
      const { producers } = writer.log
      expect(yield* disk.read(files[0]!, 0, 6000)).toEqual(closed.encodeIndex())
      expect(yield* disk.read(files[1]!, 0, 6000)).toEqual(producers.encode(closed.endOffset))
    })
  )
})
