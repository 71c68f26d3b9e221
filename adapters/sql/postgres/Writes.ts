import * as Effect from "effect/Effect"
import type { JournalKey, WriteStep } from "../../../core/ports/index.ts"
import { fencedPointer } from "../../../core/store/index.ts"
import { pointerOf } from "../SqlRows.ts"
import type { SqlValue } from "../SqlWrites.ts"
import { eventParameters, headParameters } from "../SqlWrites.ts"
import { columnsOf } from "./Arrays.ts"
import type { Connections, Session } from "./Connections.ts"
import { requestFailure, unknownOutcome } from "./PostgresError.ts"
import type { RequestFailure } from "./PostgresError.ts"
import { begin } from "./PostgresSchema.ts"
import type { BulkStatement, PostgresStatements } from "./PostgresStatements.ts"
import { keyOf, wholeIdOf } from "./StoredText.ts"
import { batchOf } from "./WriteBatch.ts"
import type { WriteBatch } from "./WriteBatch.ts"

type PutPointer = Extract<WriteStep, { readonly _tag: "PutPointer" }>

/** The journal as its rows name it. */
const stored = ({ id, topic }: JournalKey): JournalKey => ({ topic, id: keyOf(id) })

const fenced = (
  session: Session,
  statements: PostgresStatements,
  step: PutPointer
): Effect.Effect<never, RequestFailure> => {
  const { partition, topic } = step
  return Effect.flatMap(session.run(statements.pointer, [topic, partition]), ({ rows: [row] }) => {
    const actual = row === undefined ? undefined : pointerOf(topic, partition, row)
    return Effect.fail<RequestFailure>({ kind: "Refused", error: fencedPointer(step, actual) })
  })
}

/** Moves a pointer, and keeps it from everybody else until the transaction ends; fails unless it stands where the step says. */
const movePointer = (
  session: Session,
  statements: PostgresStatements,
  step: PutPointer
): Effect.Effect<void, RequestFailure> => {
  const { offset, partition, previous, topic } = step
  const moved =
    previous === undefined
      ? session.run(statements.addPointer, [topic, partition, offset])
      : session.run(statements.movePointer, [offset, topic, partition, previous])
  return Effect.flatMap(moved, ({ count }) => (count === 1 ? Effect.void : fenced(session, statements, step)))
}

const inBulk = (
  session: Session,
  statement: BulkStatement,
  rows: ReadonlyArray<ReadonlyArray<SqlValue>>
): Effect.Effect<void, RequestFailure> =>
  rows.length === 0
    ? Effect.void
    : Effect.asVoid(Effect.suspend(() => session.run(statement, columnsOf(statement.types, rows))))

const carryOut = Effect.fnUntraced(function* (
  session: Session,
  statements: PostgresStatements,
  putEvents: BulkStatement,
  { events, heads, pointers, removedEvents, removedHeads }: WriteBatch
): Effect.fn.Return<void, RequestFailure> {
  // The pointers come first: whoever is out of date does nothing more.
  for (const step of pointers) yield* movePointer(session, statements, step)
  yield* inBulk(
    session,
    statements.removeEvents,
    removedEvents.map(({ from, key, to }) => [key.topic, keyOf(key.id), from, to])
  )
  yield* inBulk(
    session,
    putEvents,
    events.map(({ event, key, recordId }) => eventParameters(stored(key), recordId, event))
  )
  yield* inBulk(
    session,
    statements.removeHeads,
    removedHeads.map(({ id, topic }) => [topic, keyOf(id)])
  )
  yield* inBulk(
    session,
    statements.putHeads,
    heads.map(({ head, key }) => [...headParameters(stored(key), head), wholeIdOf(key.id)])
  )
})

/**
 * Carries out steps in one transaction.
 *
 * **Details**
 *
 * Until the transaction is to be committed, a lost connection has undone it, and it is tried again. After that it may be
 * committed: the write fails with `Unreachable`, and what became of it is found in the pointer. A write that is done again
 * all the same changes nothing, since the pointer has moved.
 *
 * Events are added, which is a third cheaper than to replace those that may be there; where one is there after all, the
 * transaction is undone, and another replaces it.
 */
export const writeSteps = (
  connections: Connections,
  statements: PostgresStatements,
  steps: ReadonlyArray<WriteStep>
): Effect.Effect<void, RequestFailure> => {
  const { access } = connections
  return Effect.suspend(() => {
    const batch = batchOf(steps)
    const attempt = (putEvents: BulkStatement) =>
      connections.persist(
        connections.once("write", (session) =>
          Effect.andThen(
            Effect.andThen(begin(session, access), carryOut(session, statements, putEvents, batch)),
            Effect.mapError(session.script("COMMIT"), (failure) =>
              failure.kind === "Lost" ? unknownOutcome(access.place, failure.error) : failure
            )
          )
        )
      )
    return Effect.catchIf(
      attempt(statements.addEvents),
      ({ kind }) => kind === "Taken",
      () => attempt(statements.putEvents)
    )
  })
}

/** Decodes rows with what throws where they do not fit. */
export const decoded = <A>(
  operation: string,
  { access }: Connections,
  decode: () => A
): Effect.Effect<A, RequestFailure> =>
  Effect.try({ try: decode, catch: (cause) => requestFailure(operation, access.place, access.schema, cause) })
