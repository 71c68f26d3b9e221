import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { Address, Network } from "../../../core/ports/index.ts"
import { decodeResponse, DeleteTopics, encodeRequest, FrameSplitter } from "../../../core/protocol/index.ts"

const version = 4

/** Deletes a topic at a broker, over a connection of its own. */
export const deleteTopic = (network: Network, address: Address, name: string) =>
  Effect.scoped(
    Effect.gen(function* () {
      const connection = yield* network.connect({ address, timeoutMs: 5000 })
      const header = { apiVersion: version, correlationId: 1, clientId: "test" }
      const body = { topicNames: [name], timeoutMs: 10_000 }
      yield* connection.write([Result.getOrThrow(encodeRequest(DeleteTopics, header, body))])
      const splitter = new FrameSplitter()
      while (true) {
        const chunk = yield* connection.read
        if (chunk === undefined) return yield* Effect.die(new Error("the broker did not answer"))
        const [frame] = splitter.push(chunk).frames
        if (frame === undefined) continue
        const { body: answer } = Result.getOrThrow(decodeResponse(DeleteTopics, version, frame))
        const errorCode = answer.responses[0]?.errorCode
        return errorCode === 0 ? undefined : yield* Effect.die(new Error(`the deletion was refused with ${errorCode}`))
      }
    })
  )
