import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import type { Address } from "../ports/index.ts"
import { parseAddress } from "./ClientFailure.ts"

/** A broker whose `address` is not written as `host:port`. `message` is one sentence that says what to do. */
export class BrokerAddressInvalid extends Data.TaggedError("BrokerAddressInvalid")<{
  readonly address: string
  readonly message: string
}> {}

/** Reads brokers that are written as `host:port`, with brackets around an IPv6 address. */
export const brokerAddresses = (
  brokers: ReadonlyArray<string>
): Effect.Effect<ReadonlyArray<Address>, BrokerAddressInvalid> =>
  Effect.forEach(brokers, (text) => {
    const address = parseAddress(text)
    const message = `"${text}" is no broker's address: write host:port.`
    return address === undefined
      ? Effect.fail(new BrokerAddressInvalid({ address: text, message }))
      : Effect.succeed(address)
  })
