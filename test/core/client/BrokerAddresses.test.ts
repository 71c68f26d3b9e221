import * as Effect from "effect/Effect"
import { expect, it } from "vitest"
import { BrokerAddressInvalid, brokerAddresses } from "../../../core/client/index.ts"

it("brokers are read in their order", async () => {
  expect(await Effect.runPromise(brokerAddresses(["b:1", "[::1]:2"]))).toEqual([
    { host: "b", port: 1 },
    { host: "::1", port: 2 }
  ])
})

it("the first broker that is not host:port is named", async () => {
  const error = await Effect.runPromise(Effect.flip(brokerAddresses(["b:1", "b", "c"])))
  expect(error).toBeInstanceOf(BrokerAddressInvalid)
  expect(error).toMatchObject({ address: "b", message: '"b" is no broker\'s address: write host:port.' })
})
