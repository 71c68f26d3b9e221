import { once } from "node:events"
import { connect, createServer } from "node:net"
import type { AddressInfo, Socket } from "node:net"

/** A way to a port of this machine that counts the bytes that go there. */
export interface Counter extends AsyncDisposable {
  readonly port: number
  readonly bytes: () => number
}

/** Opens such a way. */
export const openCounter = async (target: number): Promise<Counter> => {
  let bytes = 0
  const sockets = new Set<Socket>()
  const server = createServer({ noDelay: true }, (near) => {
    const far = connect({ host: "127.0.0.1", port: target, noDelay: true })
    for (const [one, other] of [
      [near, far],
      [far, near]
    ] as const) {
      sockets.add(one)
      one.on("error", () => undefined)
      one.once("close", () => {
        sockets.delete(one)
        other.destroy()
      })
      one.pipe(other)
    }
    near.on("data", (chunk: Buffer) => void (bytes += chunk.length))
  }).listen(0, "127.0.0.1")
  await once(server, "listening")
  return {
    port: (server.address() as AddressInfo).port,
    bytes: () => bytes,
    [Symbol.asyncDispose]: async () => {
      const closed = once(server, "close")
      server.close()
      for (const socket of sockets) socket.destroy()
      await closed
    }
  }
}
