import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Request from "effect/Request"
import * as RequestResolver from "effect/RequestResolver"
import type { JournalKey } from "../../../core/ports/index.ts"
import type { SqlRow } from "../SqlRows.ts"
import { columnsOf } from "./Arrays.ts"
import type { Connections } from "./Connections.ts"
import type { RequestFailure } from "./PostgresError.ts"
import type { PostgresStatements } from "./PostgresStatements.ts"
import { keyOf } from "./StoredText.ts"

interface HeadRequest extends Request.Request<SqlRow | undefined, RequestFailure> {
  readonly topic: string
  /** The journal as its rows name it. */
  readonly id: string
}

const headRequest = Request.of<HeadRequest>()

/** The most heads that one statement reads. */
const atOnce = 1000

/**
 * Reads the rows of heads; those that are asked for in one turn are read with one statement.
 *
 * **Details**
 *
 * A replicator asks for the heads of many journals at a time. Where the statement fails, all that were asked for fail.
 */
export const headReads = (
  connections: Connections,
  statements: PostgresStatements
): ((key: JournalKey) => Effect.Effect<SqlRow | undefined, RequestFailure>) => {
  const resolver = RequestResolver.make<HeadRequest>((entries) => {
    const [{ request: first }, ...others] = entries
    const keys = entries.map(({ request }) => [request.topic, request.id])
    const read =
      others.length === 0
        ? connections.read("head", statements.head, [first.topic, first.id])
        : connections.read("head", statements.heads, columnsOf(statements.heads.types, keys))
    return Effect.map(read, (rows) => {
      const found: Array<SqlRow> = []
      for (const row of rows) found[others.length === 0 ? 0 : Number(row["place"]) - 1] = row
      for (const [at, entry] of entries.entries()) entry.completeUnsafe(Exit.succeed(found[at]))
    })
  })
  const limited = RequestResolver.batchN(resolver, atOnce)
  return ({ id, topic }) => Effect.request(headRequest({ topic, id: keyOf(id) }), limited)
}
