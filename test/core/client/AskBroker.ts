import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { Address, Network } from "../../../core/ports/index.ts"
import { decodeResponse, encodeRequest, FrameSplitter } from "../../../core/protocol/index.ts"
import type { Message } from "../../../core/protocol/index.ts"

/** Asks a broker one thing over a connection of its own, and gives its answer. */
export const askBroker = <M extends Message>(
  network: Network,
  address: Address,
  message: M,
  apiVersion: number,
  body: M["request"]["Input"]
): Effect.Effect<M["response"]["Type"]> =>
  Effect.scoped(
    Effect.gen(function* () {
      const connection = yield* Effect.orDie(network.connect({ address, timeoutMs: 5000 }))
      const header = { apiVersion, correlationId: 1, clientId: "test" }
      yield* Effect.orDie(connection.write([Result.getOrThrow(encodeRequest(message, header, body))]))
      const splitter = new FrameSplitter()
      while (true) {
        const chunk = yield* Effect.orDie(connection.read)
        if (chunk === undefined) return yield* Effect.die(new Error("the broker did not answer"))
        const [frame] = splitter.push(chunk).frames
        if (frame !== undefined) return Result.getOrThrow(decodeResponse(message, apiVersion, frame)).body
      }
    })
  )
