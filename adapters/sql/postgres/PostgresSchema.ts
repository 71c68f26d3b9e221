import * as Effect from "effect/Effect"
import { failureOf, refused } from "../../../core/store/index.ts"
import type { Session } from "./Connections.ts"
import { isDenied } from "./PostgresError.ts"
import type { RequestFailure } from "./PostgresError.ts"
import { lockOf } from "./PostgresOptions.ts"
import type { Access } from "./PostgresOptions.ts"

const safe = "BETWEEN 0 AND 9007199254740991"

/**
 * The steps by which the tables of a schema came to be; their version is the number of steps that they have been through.
 *
 * **Details**
 *
 * A step that was released is never changed. Keys are compared by their bytes, whatever the database's locale.
 */
export const migrations: ReadonlyArray<(schema: string) => string> = [
  (schema) => `
  CREATE TABLE ${schema}.journal_event (
    topic text COLLATE "C" NOT NULL,
    id text COLLATE "C" NOT NULL,
    seq_nr bigint NOT NULL CHECK (seq_nr ${safe}),
    record_id text NOT NULL,
    log_partition integer NOT NULL,
    log_offset bigint NOT NULL CHECK (log_offset ${safe}),
    timestamp bigint NOT NULL,
    origin text,
    version text,
    tags text,
    headers text,
    metadata_header text,
    metadata_payload text,
    expire_after text,
    payload_type text,
    payload_text text,
    payload_binary bytea,
    PRIMARY KEY (topic, id, seq_nr)
  );

  CREATE TABLE ${schema}.journal_head (
    topic text COLLATE "C" NOT NULL,
    id text COLLATE "C" NOT NULL,
    whole_id text,
    log_partition integer NOT NULL,
    log_offset bigint NOT NULL CHECK (log_offset ${safe}),
    seq_nr bigint NOT NULL CHECK (seq_nr ${safe}),
    delete_to bigint NOT NULL CHECK (delete_to ${safe}),
    record_id text NOT NULL,
    created bigint NOT NULL,
    updated bigint NOT NULL,
    expire_after text,
    expire_on text COLLATE "C",
    origin text,
    PRIMARY KEY (topic, id)
  );

  CREATE INDEX journal_head_expiry ON ${schema}.journal_head (topic, expire_on, id) WHERE expire_on IS NOT NULL;

  CREATE TABLE ${schema}.journal_pointer (
    topic text COLLATE "C" NOT NULL,
    log_partition integer NOT NULL,
    log_offset bigint NOT NULL CHECK (log_offset ${safe}),
    PRIMARY KEY (topic, log_partition)
  );
  `
]

const component = "journal"

/** The name of a schema in SQL. */
export const quoted = (schema: string): string => `"${schema}"`

const schemaError = (operation: string, message: string, cause?: unknown): RequestFailure =>
  failureOf(operation, refused("Schema", message), cause)

const otherVersion = (operation: string, { place, schema }: Access, version: number): RequestFailure =>
  schemaError(
    operation,
    `The journal's tables in schema "${schema}" of ${place} are of version ${version}, and this program works with version ${migrations.length}: upgrade it, or name another schema.`
  )

const versionQuery = (schema: string): string =>
  `SELECT version FROM ${quoted(schema)}.schema_version WHERE component = '${component}'`

/** Reads the version of the journal's tables; 0 when there are none yet. */
export const readVersion = (session: Session, { schema }: Access): Effect.Effect<number, RequestFailure> =>
  Effect.flatMap(
    session.script(
      `SELECT 1 AS found FROM pg_catalog.pg_tables WHERE schemaname = '${schema}' AND tablename = 'schema_version'`
    ),
    ({ count }) =>
      count === 0
        ? Effect.succeed(0)
        : Effect.map(session.script(versionQuery(schema)), ({ rows }) => Number(rows[0]?.["version"] ?? 0))
  )

/** Takes part in the transaction that it begins only where the tables are of the version that this program knows. */
export const begin = (session: Session, access: Access): Effect.Effect<void, RequestFailure> => {
  const { schema } = access
  const script =
    `BEGIN ISOLATION LEVEL READ COMMITTED; SELECT pg_advisory_xact_lock_shared(${lockOf(schema)}); ` +
    versionQuery(schema)
  return Effect.flatMap(session.script(script), ({ rows }) => {
    const version = Number(rows[0]?.["version"] ?? 0)
    return version === migrations.length ? Effect.void : Effect.fail(otherVersion("write", access, version))
  })
}

const hasSchema = (session: Session, { schema }: Access): Effect.Effect<boolean, RequestFailure> =>
  Effect.map(
    session.script(`SELECT 1 AS found FROM pg_catalog.pg_namespace WHERE nspname = '${schema}'`),
    ({ count }) => count > 0
  )

/** Makes the schema, or says that it is not there, where the user may not. */
const createSchema = (session: Session, { place, schema }: Access): Effect.Effect<void, RequestFailure> =>
  session.script(`CREATE SCHEMA ${quoted(schema)}`).pipe(
    Effect.asVoid,
    Effect.mapError((failure) => {
      if (!isDenied(failure)) return failure
      const message = `Schema "${schema}" does not exist in ${place}, and this user may not make it: let one make it who has CREATE on the database (CREATE SCHEMA ${quoted(schema)} AUTHORIZATION …), or name another.`
      return schemaError("open", message, failure.error.cause)
    })
  )

/**
 * Refuses tables that are not of the version that this program knows.
 */
export const refuseOther = Effect.fnUntraced(function* (
  session: Session,
  access: Access
): Effect.fn.Return<void, RequestFailure> {
  const version = yield* readVersion(session, access)
  if (version > migrations.length) return yield* Effect.fail(otherVersion("open", access, version))
  if (version === migrations.length) return
  const { place, schema } = access
  if (!(yield* hasSchema(session, access))) {
    const message = `Schema "${schema}" does not exist in ${place}: let a replicator make it, or name another.`
    return yield* Effect.fail(schemaError("open", message))
  }
  const found = version === 0 ? "has no journal's tables" : `has a journal's tables of version ${version}`
  return yield* Effect.fail(
    schemaError(
      "open",
      `Schema "${schema}" of ${place} ${found}, and this program reads version ${migrations.length}: let a replicator open it, which brings it there.`
    )
  )
})

/** Fails unless the database keeps its texts as UTF-8. */
const refuseEncoding = (session: Session, { place }: Access): Effect.Effect<void, RequestFailure> =>
  Effect.flatMap(session.script("SELECT current_setting('server_encoding') AS encoding"), ({ rows }) => {
    const encoding = String(rows[0]?.["encoding"])
    if (encoding === "UTF8") return Effect.void
    const message = `${place} keeps texts as ${encoding}, which cannot hold every text: create a database with ENCODING 'UTF8'.`
    return Effect.fail(schemaError("open", message))
  })

/**
 * Brings the journal's tables to the version that this program knows, by the steps that they have not been through.
 *
 * **Details**
 *
 * All steps are one transaction under a lock that writers hold too: of several programs that open one schema, one does the
 * steps and the others find them done. Fails with `Schema` when the tables are of a later version.
 */
export const migrate = Effect.fnUntraced(function* (
  session: Session,
  access: Access,
  steps = migrations
): Effect.fn.Return<void, RequestFailure> {
  const { schema } = access
  const found = yield* readVersion(session, access)
  if (found > steps.length) return yield* Effect.fail(otherVersion("open", access, found))
  if (found === steps.length) return
  yield* refuseEncoding(session, access)
  yield* session.script(`BEGIN ISOLATION LEVEL READ COMMITTED; SELECT pg_advisory_xact_lock(${lockOf(schema)})`)
  const version = yield* readVersion(session, access)
  if (version > steps.length) return yield* Effect.fail(otherVersion("open", access, version))
  if (!(yield* hasSchema(session, access))) yield* createSchema(session, access)
  for (const step of steps.slice(version)) yield* session.script(step(quoted(schema)))
  yield* session.script(
    `CREATE TABLE IF NOT EXISTS ${quoted(schema)}.schema_version (component text PRIMARY KEY, version integer NOT NULL);
    INSERT INTO ${quoted(schema)}.schema_version (component, version) VALUES ('${component}', ${steps.length})
    ON CONFLICT (component) DO UPDATE SET version = excluded.version;
    COMMIT`
  )
})
