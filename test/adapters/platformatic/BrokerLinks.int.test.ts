import { createServer } from "node:net"
import type { AddressInfo } from "node:net"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import { describe, expect, it, vi } from "vitest"
import { nodeScram } from "../../../adapters/crypto/index.ts"
import { BrokerLinks } from "../../../adapters/platformatic/BrokerLinks.ts"
import type { BrokerLink } from "../../../adapters/platformatic/BrokerLinks.ts"
import { loadPlatformatic } from "../../../adapters/platformatic/PlatformaticModule.ts"
import type { Sasl } from "../../../core/client/index.ts"
import { openSaslBroker } from "./SaslBroker.ts"

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

describe("a connection whose session ends after an hour", () => {
  const settings = { clientId: "test", tls: undefined, sasl, connectTimeoutMs: 5000, requestTimeoutMs: 5000 }

  const opened = async () => {
    const broker = await openSaslBroker(3_600_000)
    const links = new BrokerLinks(await Effect.runPromise(loadPlatformatic), settings)
    const get = () =>
      new Promise<BrokerLink>((use) => links.get(broker.address, (link) => use(Result.getOrThrow(link))))
    return { broker, links, get }
  }

  it("leaves no timer behind when the broker closes it", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval"] })
    try {
      const { broker, get, links } = await opened()
      const { connection } = await get()
      expect(vi.getTimerCount()).toBe(1)
      const closed = new Promise<void>((done) => connection.once("close", done))
      for (const socket of broker.sockets) socket.destroy()
      await closed
      expect(vi.getTimerCount()).toBe(0)
      await links.close()
      await broker.close()
    } finally {
      vi.useRealTimers()
    }
  })

  it("is waited for while it begins another session, and not made a second time", async () => {
    const { broker, get, links } = await opened()
    const { connection } = await get()
    broker.isSlow = true
    connection.reauthenticate()
    await broker.handshakes(2)
    const waiting = Promise.all(Array.from({ length: 20 }, get))
    broker.isSlow = false
    broker.release()
    for (const link of await waiting) expect(link.connection).toBe(connection)
    expect(broker.sockets).toHaveLength(1)
    await links.close()
    await broker.close()
  })

  it("is given up when it does not get another session, and another takes its place", async () => {
    const { broker, get, links } = await opened()
    const { connection } = await get()
    const closed = new Promise<void>((done) => connection.once("close", done))
    broker.isClosed = true
    connection.reauthenticate()
    const refused = await new Promise<unknown>((use) => connection.once("error", use))
    expect(refused).toBeInstanceOf(Error)
    broker.isClosed = false
    expect((await get()).connection).not.toBe(connection)
    await closed
    expect(broker.sockets).toHaveLength(2)
    await links.close()
    await broker.close()
  })
})
