import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import type { Scope } from "effect/Scope"
import { service } from "../services/index.ts"

/** Where a server listens on this machine. */
export interface Place {
  readonly host: string
  readonly port: number
}

/** A store without anything in it. */
export interface FreshStore {
  readonly address: string
  /** Its server, where it has one. */
  readonly server: Place | undefined
  /** The same store, its server reached at another place. */
  readonly through: (place: Place) => string
}

/** Whether the stories of size are told in full, which takes minutes for each. */
export const isFull = process.env["ODRADEK_SIZES"] === "full"

/** How many keys and events there are. */
const sizes = (keys: number, events: number): { readonly keys: number; readonly events: number } =>
  isFull ? { keys: 100_000, events: 1_000_000 } : { keys, events }

/**
 * A kind of store that the stories are told of.
 *
 * **Details**
 *
 * `keys` and `events` are how many the large stories have of them in a test; `seam` is how many events of one journal are
 * in more than one piece of the store. `isFenced` says whether every step of a replicator that was replaced is refused, and
 * not only its pointer.
 */
export interface Subject {
  readonly name: string
  readonly keys: number
  readonly events: number
  readonly seam: number
  readonly isFenced: boolean
  /** Makes the address of a store that nobody else has; `name` is one of letters and digits. */
  readonly fresh: (name: string) => Effect.Effect<FreshStore, never, Scope>
}

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "odradek-reliability-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

/** SQLite: a write is one transaction, and there is no server. A recovery reads a thousand events at once. */
export const sqlite: Subject = {
  name: "SQLite",
  isFenced: true,
  ...sizes(10_000, 50_000),
  seam: 1500,
  fresh: () =>
    Effect.map(folder, (path) => {
      const address = `sqlite:${join(path, "journal.db")}`
      return { address, server: undefined, through: () => address }
    })
}

/** DynamoDB Local: a step at a time; an item holds 390 KB, a batch 25 items, a page 1 MB. */
export const dynamoDb: Subject = {
  name: "DynamoDB",
  isFenced: true,
  ...sizes(500, 5000),
  seam: 1500,
  fresh: (name) =>
    Effect.sync(() => {
      const { region, ...server } = service("dynamodb")
      const through = ({ host, port }: Place) => `dynamodb://${region}/${name}?endpoint=http://${host}:${port}`
      return { address: through(server), server, through }
    })
}

/** The password of a store that is named by an address without one. */
const passwordName = "ODRADEK_STORE_PASSWORD"

/** Cassandra: a step at a time; ten thousand events of a journal are in one partition. */
export const cassandra: Subject = {
  name: "Cassandra",
  isFenced: false,
  ...sizes(1000, 25_000),
  seam: 10_050,
  fresh: () =>
    Effect.sync(() => {
      const { datacenter, login, ...server } = service("cassandra")
      process.env[passwordName] = login.password
      const through = ({ host, port }: Place) =>
        `cassandra://${login.username}@${host}:${port}/reliability?datacenter=${datacenter}&replicas=1`
      return { address: through(server), server, through }
    })
}

/** PostgreSQL: a write is one transaction. A recovery reads a thousand events at once. */
export const postgres: Subject = {
  name: "PostgreSQL",
  isFenced: true,
  ...sizes(10_000, 50_000),
  seam: 1500,
  fresh: (name) =>
    Effect.sync(() => {
      const { database, login, ...server } = service("postgres")
      process.env[passwordName] = login.password
      const through = ({ host, port }: Place) =>
        `postgres://${login.username}@${host}:${port}/${database}?schema=${name}&sslmode=disable`
      return { address: through(server), server, through }
    })
}
