import { Client, Pool } from "pg"
import type { PostgresAccess } from "../../../../adapters/sql/postgres/index.ts"

/** When a connection is cut: around the statement of this number, counted from 1 over all connections. */
export interface Cut {
  readonly at: number
  readonly side: "before" | "after"
}

type Callback = (error: Error | null, result: unknown) => void

/** A pool whose connections are cut as `cut` says; `seen` are the statements that were asked for. */
export const failingPool = ({ database, host, password, port, tls, user }: PostgresAccess) => {
  const seen: Array<string> = []
  const plan: { cut: Cut | undefined } = { cut: undefined }
  class FailingClient extends Client {}
  const send = Client.prototype.query
  const query = function (this: Client, config: { readonly text: string }, done: Callback): unknown {
    seen.push(config.text)
    const isCut = plan.cut?.at === seen.length
    const { side } = plan.cut ?? {}
    const cutting: Callback = (_error, result) => {
      this.connection.stream.destroy()
      done(new Error("Connection terminated unexpectedly"), result)
    }
    if (isCut && side === "before") this.connection.stream.destroy()
    return Reflect.apply(send, this, [config, isCut && side === "after" ? cutting : done])
  }
  Object.defineProperty(FailingClient.prototype, "query", { value: query })
  const config = { database, host, password, port, user, ssl: { ca: tls?.ca }, Client: FailingClient, max: 2 }
  const pool = new Pool(config)
  pool.on("error", () => {})
  return { pool, seen, plan }
}
