import * as Effect from "effect/Effect"
import { emptyImage, writeImage } from "../../broker/index.ts"
import type { BrokerConfig } from "../../broker/index.ts"
import { makeSimulatedDisk } from "../../simulation/index.ts"
import type { Prng, SimulatedDisk } from "../../simulation/index.ts"
import { recover } from "../../storage/index.ts"

const id = "00000000-0000-4000-8000-000000000001"

/** The disk of a broker that has one topic. */
export const diskWith = (random: Prng, name: string, partitions: number, config: BrokerConfig): SimulatedDisk => {
  const made = makeSimulatedDisk({ random, faults: {} })
  for (let partition = 0; partition < partitions; partition++) {
    Effect.runSync(recover(made.disk, { topic: name, partition }, config))
  }
  const topics = [{ name, id, partitions, configs: new Map(), status: "online" as const }]
  Effect.runSync(writeImage(made.disk, { ...emptyImage, topics }))
  return made
}
