import * as Effect from "effect/Effect"
import type { Address, Network } from "../../../core/ports/index.ts"
import { CreateTopics } from "../../../core/protocol/index.ts"
import { askBroker } from "./AskBroker.ts"

/** Creates a topic at a broker, with these settings, over a connection of its own. */
export const createTopic = (
  network: Network,
  address: Address,
  name: string,
  numPartitions: number,
  settings: Readonly<Record<string, string>> = {}
) =>
  Effect.gen(function* () {
    const configs = Object.entries(settings).map(([key, value]) => ({ name: key, value }))
    const answer = yield* askBroker(network, address, CreateTopics, 4, {
      topics: [{ name, numPartitions, replicationFactor: 1, assignments: [], configs }],
      timeoutMs: 10_000,
      validateOnly: false
    })
    const errorCode = answer.topics[0]?.errorCode
    return errorCode === 0 ? undefined : yield* Effect.die(new Error(`the topic was refused with ${errorCode}`))
  })
