import { hostname } from "node:os"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { RequestFailure } from "./CassandraError.ts"
import { text } from "./Columns.ts"
import { nextStamp } from "./Context.ts"
import type { Context } from "./Context.ts"
import { decoding } from "./Decoding.ts"

const createPointers =
  "CREATE TABLE IF NOT EXISTS KEYSPACE.pointer2 (topic TEXT, partition INT, offset BIGINT, created TIMESTAMP, " +
  "updated TIMESTAMP, PRIMARY KEY ((topic, partition)))"

/**
 * What brought kafka-journal's tables to where they are, in order; the version of a keyspace is the index of the last
 * one that was done.
 *
 * **Details**
 *
 * Two of them named no keyspace when kafka-journal first did them, and were repeated at the end.
 */
export const steps: ReadonlyArray<string> = [
  "ALTER TABLE KEYSPACE.journal ADD headers MAP<TEXT, TEXT>",
  "ALTER TABLE KEYSPACE.journal ADD version TEXT",
  "DROP TABLE IF EXISTS KEYSPACE.metadata",
  createPointers,
  "ALTER TABLE KEYSPACE.journal ADD meta_record_id UUID",
  "ALTER TABLE KEYSPACE.metajournal ADD record_id UUID",
  "DROP TABLE IF EXISTS KEYSPACE.pointer",
  "DROP TABLE IF EXISTS KEYSPACE.metadata",
  "DROP TABLE IF EXISTS KEYSPACE.pointer"
]

/** The version that this program works with. */
export const lastStep = steps.length - 1

const versionKey = "schema-version"

/** The version of the keyspace's tables, -1 where none is noted. */
export const readVersion = (
  { requests, statements }: Context,
  operation: string
): Effect.Effect<number, RequestFailure> =>
  Effect.flatMap(requests.rows(operation, { query: statements.selectSetting, params: [versionKey] }), ([row]) =>
    decoding(operation, `The setting ${versionKey}`, () => {
      if (row === undefined) return -1
      const version = Number(text(row, "value"))
      if (!Number.isSafeInteger(version)) throw new TypeError(`${text(row, "value")} is no version`)
      return version
    })
  )

/** Notes the version of the keyspace's tables. */
export const storeVersion = (context: Context, version: number): Effect.Effect<void, RequestFailure> =>
  Effect.gen(function* () {
    const { requests, statements } = context
    const now = yield* Clock.currentTimeMillis
    const params = [versionKey, String(version), new Date(now), hostname()]
    yield* requests.write("open", [[{ query: statements.putSetting, params }]], yield* nextStamp(context))
  })

/** Does the steps that are left, each noted when it is done. */
export const runSteps = (
  context: Context,
  define: (statement: string) => Effect.Effect<void, RequestFailure>
): Effect.Effect<void, RequestFailure> =>
  Effect.gen(function* () {
    const done = yield* readVersion(context, "open")
    for (const [version, statement] of steps.entries()) {
      if (version <= done) continue
      yield* define(statement)
      yield* storeVersion(context, version)
    }
  })
