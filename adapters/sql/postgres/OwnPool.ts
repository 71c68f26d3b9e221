import type { Client, Pool, PoolConfig } from "pg"
import * as Effect from "effect/Effect"
import type { Scope } from "effect/Scope"
import type { Pg } from "./PgModule.ts"

/** A pool with its clients that are not closed yet, also those that are still connecting; `closed` tells when one is. */
interface OwnPool {
  readonly pool: Pool
  readonly clients: ReadonlyMap<Client, { readonly closed: Promise<void> }>
}

const begin = ({ Client, Pool }: Pg, config: PoolConfig): OwnPool => {
  const clients = new Map<Client, { readonly closed: Promise<void> }>()
  class OwnClient extends Client {
    constructor(settings?: PoolConfig) {
      super(settings)
      const closed = new Promise<void>((done) => {
        this.once("end", () => {
          clients.delete(this)
          done()
        })
      })
      clients.set(this, { closed })
    }
  }
  const pool = new Pool({ ...config, Client: OwnClient })
  // A connection that is lost while nobody uses it is replaced by the pool.
  pool.on("error", () => {})
  return { pool, clients }
}

const shutDown = ({ clients, pool }: OwnPool, closeMs: number): Effect.Effect<void> =>
  Effect.andThen(
    Effect.timeoutOption(
      Effect.promise(() => Promise.all([pool.end(), ...Array.from(clients.values(), ({ closed }) => closed)])),
      closeMs
    ),
    Effect.sync(() => {
      for (const { connection } of clients.keys()) connection.stream.destroy()
    })
  )

/**
 * A pool that is closed with the scope: in good order where the server lets go of the connections within `closeMs`, and
 * otherwise by cutting them off.
 */
export const openPool = (pg: Pg, config: PoolConfig, closeMs: number): Effect.Effect<Pool, never, Scope> =>
  Effect.map(
    Effect.acquireRelease(
      Effect.sync(() => begin(pg, config)),
      (own) => shutDown(own, closeMs)
    ),
    ({ pool }) => pool
  )
