import * as Effect from "effect/Effect"
import type { Address, Network } from "../../../core/ports/index.ts"
import { DeleteTopics } from "../../../core/protocol/index.ts"
import { askBroker } from "./AskBroker.ts"

/** Deletes a topic at a broker, over a connection of its own. */
export const deleteTopic = (network: Network, address: Address, name: string) =>
  Effect.gen(function* () {
    const answer = yield* askBroker(network, address, DeleteTopics, 4, { topicNames: [name], timeoutMs: 10_000 })
    const errorCode = answer.responses[0]?.errorCode
    return errorCode === 0 ? undefined : yield* Effect.die(new Error(`the deletion was refused with ${errorCode}`))
  })
