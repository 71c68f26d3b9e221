import { createServer } from "node:net"
import type { AddressInfo, Server, Socket } from "node:net"
import * as Effect from "effect/Effect"
import { afterEach, beforeEach, expect, it } from "vitest"
import { CassandraStore } from "../../../adapters/cassandra/index.ts"

/** Accepts connections, and says nothing. */
let silent: Server
const sockets = new Set<Socket>()
let address: string
beforeEach(async () => {
  silent = createServer((socket) => {
    sockets.add(socket)
    socket.on("error", () => undefined).once("close", () => sockets.delete(socket))
    socket.resume()
  })
  await new Promise<void>((listening) => silent.listen(0, "127.0.0.1", listening))
  address = `127.0.0.1:${(silent.address() as AddressInfo).port}`
})
afterEach(async () => {
  for (const socket of sockets) socket.destroy()
  await new Promise((closed) => silent.close(closed))
})

it.each([[{}], [{ localDataCenter: "dc1" }]])(
  "opening a store where nobody answers fails in twice the time of a request at the latest: %j",
  async (named) => {
    const requestTimeoutMs = 1000
    const place = { contactPoints: [address], keyspace: "journal", readOnly: true, requestTimeoutMs }
    const begun = performance.now()
    const error = await Effect.runPromise(Effect.scoped(Effect.flip(CassandraStore.open({ ...place, ...named }))))
    expect(performance.now() - begun).toBeLessThan(2 * requestTimeoutMs + 500)
    expect(error).toMatchObject({ reason: "Unreachable", message: expect.stringContaining("has not answered for") })
  }
)
