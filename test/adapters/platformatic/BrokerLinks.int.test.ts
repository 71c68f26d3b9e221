import { createServer } from "node:net"
import type { AddressInfo } from "node:net"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import { expect, it } from "vitest"
import { nodeScram } from "../../../adapters/crypto/index.ts"
import { BrokerLinks } from "../../../adapters/platformatic/BrokerLinks.ts"
import { loadPlatformatic } from "../../../adapters/platformatic/PlatformaticModule.ts"
import type { Sasl } from "../../../core/client/index.ts"

const sasl: Sasl = {
  mechanism: "plain",
  username: "orders",
  password: Redacted.make("rosebud"),
  crypto: nodeScram
}

it.each([
  ["before it has let us in", sasl],
  ["which lets everybody in", undefined]
])("an answer that is too short to be one ends the connection to a broker %s, and not the process", async (_, who) => {
  const broker = createServer((socket) => {
    socket.on("error", () => undefined).once("data", () => socket.write(new Uint8Array([0, 0, 0, 2, 1, 1])))
  })
  await new Promise<void>((listening) => broker.listen(0, "127.0.0.1", listening))
  const address = { host: "127.0.0.1", port: (broker.address() as AddressInfo).port }
  const settings = { clientId: "test", tls: undefined, sasl: who, connectTimeoutMs: 5000, requestTimeoutMs: 5000 }
  const links = new BrokerLinks(await Effect.runPromise(loadPlatformatic), settings)
  const begun = performance.now()
  const link = await new Promise<Result.Result<unknown, Error>>((use) => links.get(address, use))
  expect(Result.isFailure(link)).toBe(true)
  expect(performance.now() - begun).toBeLessThan(4000)
  await links.close()
  await new Promise((closed) => broker.close(closed))
})
