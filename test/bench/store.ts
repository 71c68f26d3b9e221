import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import * as Effect from "effect/Effect"
import type { EventRecord, WriteStep } from "../../core/ports/index.ts"
import type { Area } from "./Bench.ts"
import { partition, payload, withFixture } from "./Fixture.ts"

/** Events as rows: one transaction of `count` events and their journals' heads. */
const stepsOf = (first: number, count: number): ReadonlyArray<WriteStep> => {
  const event = (seqNr: number): EventRecord => ({
    seqNr,
    tags: [],
    payload: { _tag: "Json", text: JSON.stringify(payload) },
    timestamp: 1_700_000_000_000,
    partition,
    offset: seqNr,
    origin: "bench",
    version: undefined,
    metadata: { header: undefined, payload: undefined, expireAfter: undefined },
    headers: new Map()
  })
  const key = { topic: "bench", id: `journal-${first}` }
  const events = Array.from({ length: count }, (_, at) => event(first + at))
  return [{ _tag: "PutEvents", key, recordId: "bench", events }]
}

/** Writes to SQLite in a folder that is removed afterwards. */
export const store: Area = {
  name: "store",
  run: (report) =>
    withFixture(({ folder, store }) =>
      Effect.gen(function* () {
        const rows = new DatabaseSync(join(folder, "bare.db"))
        yield* Effect.addFinalizer(() => Effect.sync(() => rows.close()))
        rows.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL")
        rows.exec(
          "CREATE TABLE event (topic TEXT, id TEXT, seq_nr INTEGER, offset INTEGER, payload TEXT, PRIMARY KEY (topic, id, seq_nr)) WITHOUT ROWID"
        )
        const insert = rows.prepare("INSERT OR REPLACE INTO event VALUES (?, ?, ?, ?, ?)")
        let bareNext = 1
        let storeNext = 1
        yield* Effect.promise(() =>
          report({
            name: "write to SQLite, batches of 500",
            unit: "events",
            subject: {
              name: "store.write",
              run: () => {
                const steps = stepsOf(storeNext, 500)
                storeNext += 500
                return Effect.runPromise(Effect.as(store.write(steps), 500))
              }
            },
            baseline: {
              name: "bare inserts of five columns",
              run: () => {
                rows.exec("BEGIN")
                const text = JSON.stringify(payload)
                for (let at = 0; at < 500; at++, bareNext++) insert.run("bench", "bare", bareNext, bareNext, text)
                rows.exec("COMMIT")
                return 500
              }
            }
          })
        )
      })
    )
}
