import * as Effect from "effect/Effect"
import { parseAddress } from "../../core/client/index.ts"
import type { Address } from "../../core/ports/index.ts"
import { KafkaJsSetupError } from "./KafkaJsSetupError.ts"

/** Reads brokers that are written as `host:port`. */
export const brokerAddresses = (
  brokers: ReadonlyArray<string>
): Effect.Effect<ReadonlyArray<Address>, KafkaJsSetupError> =>
  Effect.forEach(brokers, (text) => {
    const address = parseAddress(text)
    const message = `"${text}" is no broker's address: write host:port.`
    return address === undefined
      ? Effect.fail(new KafkaJsSetupError({ reason: "InvalidAddress", message }))
      : Effect.succeed(address)
  })
