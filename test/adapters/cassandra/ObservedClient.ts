import type { Client } from "cassandra-driver"

/** A request on its way, numbered from 1: its first statement, and what lets it happen. */
export interface Passing {
  readonly number: number
  readonly query: string
  readonly send: () => Promise<unknown>
}

/** A client whose every request goes through `pass`. */
export const observedClient = (client: Client, pass: (request: Passing) => Promise<unknown>): Client => {
  let sent = 0
  const observed =
    (name: "execute" | "batch") =>
    (...given: ReadonlyArray<unknown>): Promise<unknown> => {
      const [first] = given
      const [bound] = Array.isArray(first) ? (first as ReadonlyArray<{ readonly query: string }>) : []
      return pass({
        number: ++sent,
        query: bound === undefined ? String(first) : bound.query,
        send: () => Reflect.apply(client[name], client, given) as Promise<unknown>
      })
    }
  return new Proxy(client, {
    get: (target, name) => (name === "execute" || name === "batch" ? observed(name) : Reflect.get(target, name))
  })
}
