import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { Address, Network } from "../../../core/ports/index.ts"
import { CreateTopics, decodeResponse, encodeRequest, FrameSplitter } from "../../../core/protocol/index.ts"

const version = 4

/** Creates a topic at a broker, with these settings, over a connection of its own. */
export const createTopic = (
  network: Network,
  address: Address,
  name: string,
  numPartitions: number,
  settings: Readonly<Record<string, string>> = {}
) =>
  Effect.scoped(
    Effect.gen(function* () {
      const connection = yield* network.connect({ address, timeoutMs: 5000 })
      const header = { apiVersion: version, correlationId: 1, clientId: "test" }
      const configs = Object.entries(settings).map(([key, value]) => ({ name: key, value }))
      const body = {
        topics: [{ name, numPartitions, replicationFactor: 1, assignments: [], configs }],
        timeoutMs: 10_000,
        validateOnly: false
      }
      yield* connection.write([Result.getOrThrow(encodeRequest(CreateTopics, header, body))])
      const splitter = new FrameSplitter()
      while (true) {
        const chunk = yield* connection.read
        if (chunk === undefined) return yield* Effect.die(new Error("the broker did not answer"))
        const [frame] = splitter.push(chunk).frames
        if (frame === undefined) continue
        const { body: answer } = Result.getOrThrow(decodeResponse(CreateTopics, version, frame))
        const errorCode = answer.topics[0]?.errorCode
        return errorCode === 0 ? undefined : yield* Effect.die(new Error(`the topic was refused with ${errorCode}`))
      }
    })
  )
