import * as Effect from "effect/Effect"
import type { JournalHead } from "../../../core/ports/index.ts"
import { headsOf } from "../../../core/store/index.ts"
import { headOf } from "../SqlRows.ts"
import type { SqlRow } from "../SqlRows.ts"
import { arrayParameter } from "./Arrays.ts"
import type { Connections } from "./Connections.ts"
import type { RequestFailure } from "./PostgresError.ts"
import type { PostgresStatements } from "./PostgresStatements.ts"
import { keyOf } from "./StoredText.ts"
import { decoded } from "./Writes.ts"

/** Reads the heads of many journals with one statement. */
export const readHeads = (
  connections: Connections,
  statements: PostgresStatements,
  topic: string,
  ids: ReadonlyArray<string>
): Effect.Effect<ReadonlyMap<string, JournalHead>, RequestFailure> =>
  Effect.flatMap(connections.read("heads", statements.heads, [topic, arrayParameter("text", ids.map(keyOf))]), (rows) =>
    decoded("heads", connections, () => {
      const found = new Map<string, SqlRow>()
      for (const row of rows) found.set(ids[Number(row["place"]) - 1] ?? "", row)
      return headsOf(ids, (id) => {
        const row = found.get(id)
        return row === undefined ? undefined : headOf({ topic, id }, row)
      })
    })
  )
