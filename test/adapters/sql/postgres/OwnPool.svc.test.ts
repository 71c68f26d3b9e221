import { createServer } from "node:net"
import type { AddressInfo, Socket } from "node:net"
import * as Effect from "effect/Effect"
import type { Pool, PoolClient } from "pg"
import { describe, expect, it } from "vitest"
import { openPool } from "../../../../adapters/sql/postgres/OwnPool.ts"
import { loadPg } from "../../../../adapters/sql/postgres/PgModule.ts"

/** That the user is let in, and that statements may come. */
const welcome = Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 0, 0x5a, 0, 0, 0, 5, 0x49])

/** What a client says before it goes. */
const goodbye = Buffer.from([0x58, 0, 0, 0, 4])

interface ServerOptions {
  /** Whether it lets anybody in. */
  readonly welcomes: boolean
  /** Whether it closes a connection that its client has ended. */
  readonly letsGo: boolean
}

/** Runs `use` against a server, and answers what was said on its connections. */
const withServer = async (
  { letsGo, welcomes }: ServerOptions,
  use: (port: number, accepted: () => Promise<Socket>) => Promise<void>
): Promise<string> => {
  const sockets: Array<Socket> = []
  const said: Array<Buffer> = []
  let seen: (socket: Socket) => void = () => {}
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.push(socket)
    socket.on("error", () => undefined).on("data", (chunk) => said.push(chunk))
    if (welcomes) socket.once("data", () => socket.write(welcome))
    if (letsGo) socket.on("end", () => socket.end())
    seen(socket)
  })
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening))
  const accepted = () => new Promise<Socket>((use) => (sockets[0] === undefined ? (seen = use) : use(sockets[0])))
  try {
    await use((server.address() as AddressInfo).port, accepted)
  } finally {
    for (const socket of sockets) socket.destroy()
    await new Promise((closed) => server.close(closed))
  }
  return Buffer.concat(said).toString("latin1")
}

/** Gives a pool to `use`, and answers how long it took to close it, in milliseconds. */
const closing = async (port: number, closeMs: number, use: (pool: Pool) => Promise<void>): Promise<number> => {
  let begun = 0
  const program = Effect.gen(function* () {
    const config = { host: "127.0.0.1", port, user: "orders", password: "", connectionTimeoutMillis: 30_000 }
    const pool = yield* openPool(yield* loadPg, config, closeMs)
    yield* Effect.promise(() => use(pool))
    begun = performance.now()
  })
  await Effect.runPromise(Effect.scoped(program))
  return performance.now() - begun
}

describe("the connections of a store in PostgreSQL", () => {
  it("are closed in good order before the store is", async () => {
    let client: PoolClient | undefined
    const said = await withServer({ welcomes: true, letsGo: true }, async (port) => {
      const tookMs = await closing(port, 20_000, async (pool) => {
        client = await pool.connect()
        client.release()
      })
      expect(tookMs).toBeLessThan(10_000)
      expect(client?.connection.stream.destroyed).toBe(true)
    })
    expect(said.endsWith(goodbye.toString("latin1"))).toBe(true)
  })

  it("are cut off where the server does not let go of them in time", async () => {
    await withServer({ welcomes: true, letsGo: false }, async (port) => {
      let client: PoolClient | undefined
      const tookMs = await closing(port, 50, async (pool) => {
        client = await pool.connect()
        client.release()
      })
      expect(tookMs).toBeGreaterThanOrEqual(45)
      expect(tookMs).toBeLessThan(10_000)
      expect(client?.connection.stream.destroyed).toBe(true)
    })
  })

  it("are cut off in time where they are still in use", async () => {
    await withServer({ welcomes: true, letsGo: true }, async (port) => {
      let client: PoolClient | undefined
      const tookMs = await closing(port, 50, async (pool) => {
        client = await pool.connect()
        client.on("error", () => undefined)
      })
      expect(tookMs).toBeLessThan(10_000)
      expect(client?.connection.stream.destroyed).toBe(true)
    })
  })

  it("are cut off in time where the server has not let them in yet", async () => {
    await withServer({ welcomes: false, letsGo: false }, async (port, accepted) => {
      let gone: Promise<unknown> | undefined
      let refused: Promise<unknown> | undefined
      const tookMs = await closing(port, 50, async (pool) => {
        refused = pool.connect().catch((error: unknown) => error)
        const socket = await accepted()
        gone = new Promise((done) => socket.once("end", done))
      })
      expect(tookMs).toBeLessThan(10_000)
      expect(await refused).toBeInstanceOf(Error)
      await gone
    })
  })
})
