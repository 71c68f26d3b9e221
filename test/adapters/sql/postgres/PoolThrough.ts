import * as Effect from "effect/Effect"
import { Client, Pool } from "pg"
import type { PostgresAccess } from "../../../../adapters/sql/postgres/index.ts"
import type { RequestPass } from "../../../../core/ports/contract/index.ts"

type Callback = (error: unknown, result?: unknown) => void

const send = Client.prototype.query

/** A pool whose every statement goes through `pass`; those of one kind have one text. */
export const poolThrough = ({ database, host, password, port, tls, user }: PostgresAccess, pass: RequestPass): Pool => {
  class ObservedClient extends Client {}
  const query = function (this: Client, config: { readonly text: string }, done: Callback): void {
    const sent = Effect.callback<unknown, unknown>((resume) => {
      const answered: Callback = (error, result) => resume(error ? Effect.fail(error) : Effect.succeed(result))
      Reflect.apply(send, this, [config, answered])
    })
    const request = { kind: config.text, writes: !/^\s*SELECT/i.test(config.text) }
    Effect.runPromise(pass(request, sent)).then((result) => done(null, result), done)
  }
  Object.defineProperty(ObservedClient.prototype, "query", { value: query })
  const pool = new Pool({ database, host, password, port, user, ssl: { ca: tls?.ca }, Client: ObservedClient })
  pool.on("error", () => {})
  return pool
}
