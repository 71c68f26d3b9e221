import { DatabaseSync } from "node:sqlite"
import * as Effect from "effect/Effect"
import type { Scope } from "effect/Scope"
import { jsonPayload, makeJournals } from "../../core/journal/index.ts"
import { makePrng } from "../../core/simulation/index.ts"
import { openStore } from "../../runtimes/node/index.ts"
import { LinkProxy } from "../chain/LinkProxy.ts"
import { readingOf } from "./Story.ts"
import type { Story, Trouble } from "./Story.ts"

/**
 * A way to a story's store that can be closed for a while.
 *
 * **Details**
 *
 * `reading` is what becomes of a reading of a journal through it: `read`, or the reason of the failure. A store that has no
 * server is locked against writers, so that its readers go on.
 */
export interface Outage {
  readonly address: string
  readonly readersGoOn: boolean
  readonly begin: Effect.Effect<void>
  readonly end: Effect.Effect<void>
  readonly reading: (id: string) => Effect.Effect<string, Trouble>
}

/** A proxy of this machine that leads to a server; closed with the scope. */
export const openProxy = (port: number): Effect.Effect<LinkProxy, never, Scope> =>
  Effect.acquireRelease(
    Effect.promise(async () => {
      const proxy = await LinkProxy.open(makePrng(1))
      proxy.target(port)
      return proxy
    }),
    (proxy) => Effect.promise(() => proxy.close())
  )

/** The lock of a writer on an SQLite file. */
const lockFile = (path: string) =>
  Effect.map(
    Effect.acquireRelease(
      Effect.sync(() => new DatabaseSync(path)),
      (database) => Effect.sync(() => database.close())
    ),
    (database) => ({
      begin: Effect.sync(() => database.exec("BEGIN IMMEDIATE")),
      end: Effect.sync(() => database.exec("ROLLBACK"))
    })
  )

/** Makes a way to the store of a story; nothing is wrong with it yet. */
export const startOutage = Effect.fnUntraced(function* (story: Story): Effect.fn.Return<Outage, Trouble, Scope> {
  const { fresh, log, topic } = story
  const { server } = fresh
  const proxy = server === undefined ? undefined : yield* openProxy(server.port)
  const address = proxy === undefined ? fresh.address : fresh.through({ host: "127.0.0.1", port: proxy.port })
  const way =
    proxy === undefined
      ? yield* lockFile(fresh.address.slice("sqlite:".length))
      : {
          begin: Effect.sync(() => proxy.become({ _tag: "Refused" })),
          end: Effect.sync(() => proxy.become({ _tag: "Open" }))
        }
  const store = yield* openStore(address)
  const journals = makeJournals({ log, store, topic, payload: jsonPayload })
  return {
    ...way,
    address,
    readersGoOn: proxy === undefined,
    reading: (id) =>
      Effect.match(readingOf(journals, id), { onSuccess: () => "read", onFailure: ({ reason }) => String(reason) })
  }
})
