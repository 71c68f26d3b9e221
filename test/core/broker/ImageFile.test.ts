import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { type BrokerImage, emptyImage } from "../../../core/broker/BrokerImage.ts"
import { openImage, writeImage } from "../../../core/broker/ImageFile.ts"
import { makePrng, makeSimulatedDisk, type SimulatedDisk } from "../../../core/simulation/index.ts"

const topic = { id: "b2a0b0a4-6b5c-4a0e-9a58-0a0a0a0a0a0a", configs: new Map<string, string>() }

const withTopic = (status: "online" | "deleting"): BrokerImage => ({
  nextProducerId: 1000,
  topics: [{ ...topic, name: "orders", partitions: 2, status }]
})

/** A disk that has an image, and the folders of its topic. */
const prepared = Effect.fnUntraced(function* (seed: number) {
  const simulated = makeSimulatedDisk({ random: makePrng(seed), faults: { sectorBytes: 16 } })
  const { disk } = simulated
  yield* openImage(disk)
  for (const folder of ["orders-0", "orders-1"]) yield* disk.makeFolder(folder)
  yield* disk.syncFolder("")
  yield* writeImage(disk, withTopic("online"))
  return simulated
})

/** Whether an image is on the disk that has a topic whose folders are not all there. */
const lacksFolders = Effect.fnUntraced(function* ({ disk }: SimulatedDisk) {
  const { topics } = yield* openImage(disk)
  const names = new Set((yield* disk.list("")).map(({ name }) => name))
  return topics.length > 0 && !(names.has("orders-0") && names.has("orders-1"))
})

describe("the image of a broker that starts", () => {
  it.effect("is not taken back by the end of the machine, whenever the broker before it has ended", () =>
    Effect.gen(function* () {
      for (let persists = 0; persists < 6; persists++) {
        const simulated = yield* prepared(persists)
        const { disk } = simulated
        simulated.haltAfter(persists)
        yield* Effect.exit(writeImage(disk, { ...emptyImage, nextProducerId: 5000 }))
        simulated.processCrash()
        const found = yield* openImage(disk)
        simulated.crash("Lost")
        expect(yield* openImage(disk)).toEqual(found)
      }
    })
  )

  it.effect("is not taken back where a sync of the broker before it has failed", () =>
    Effect.gen(function* () {
      for (let seed = 0; seed < 50; seed++) {
        for (const sync of ["sync", "syncFolder"] as const) {
          const simulated = yield* prepared(seed)
          const { disk } = simulated
          const next = { ...emptyImage, nextProducerId: 5000 }
          const failing = { ...disk, [sync]: (path: string) => (simulated.failNextSync(), disk[sync](path)) }
          expect((yield* Effect.exit(writeImage(failing, next)))._tag).toBe("Failure")
          simulated.processCrash()
          const found = yield* openImage(disk)
          simulated.crash("Lost")
          expect(yield* openImage(disk)).toEqual(found)
          yield* writeImage(disk, next)
          simulated.crash("Lost")
          expect(yield* openImage(disk)).toEqual(next)
        }
      }
    })
  )

  it.effect("has every topic with all its folders, whenever the end of a deletion is cut short", () =>
    Effect.gen(function* () {
      for (let seed = 0; seed < 300; seed++) {
        const simulated = yield* prepared(seed)
        const { disk } = simulated
        const random = makePrng(seed).stream("halts")
        simulated.haltAfter(random.below(6))
        yield* Effect.exit(writeImage(disk, withTopic("deleting")))
        simulated.processCrash()
        simulated.haltAfter(random.below(10))
        yield* Effect.exit(openImage(disk))
        simulated.crash()
        expect(yield* lacksFolders(simulated)).toBe(false)
      }
    })
  )
})
