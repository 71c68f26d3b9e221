import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { describeKeyspace, refusal } from "./CassandraError.ts"
import type { RequestFailure } from "./CassandraError.ts"
import { optionalText } from "./Columns.ts"
import type { Context } from "./Context.ts"

const lockId = "kafka-journal"

/** How long the lock stays where its owner dies, how long it is waited for, and how long until it is asked for again. */
const ttlMs = 60_000
const patienceMs = 60_000
const pause = Duration.millis(100)
/** How long the table of locks may take to appear, in milliseconds, when another program is just making it. */
const appearMs = 10_000

const held = ({ requests }: Context): RequestFailure =>
  refusal(
    "Unreachable",
    "open",
    `Another program has been changing the tables of ${describeKeyspace(requests.place)} for ${patienceMs / 1000} s: ` +
      "try again when it has ended."
  )

/** Takes the lock, or says that another has it. A request whose answer was lost finds its own work done. */
const take = (context: Context, owner: string): Effect.Effect<boolean, RequestFailure> => {
  const { requests, statements } = context
  const attempt = Effect.flatMap(Clock.currentTimeMillis, (now) => {
    const params = [lockId, BigInt(ttlMs), new Date(now), owner, ttlMs / 1000]
    return requests.conditional("open", { query: statements.takeLock, params })
  })
  const isOurs = Effect.map(
    requests.rows("open", { query: statements.selectLock, params: [lockId] }),
    ([row]) => row !== undefined && optionalText(row, "metadata") === owner
  )
  return requests.persist(Effect.flatMap(attempt, (applied) => (applied ? Effect.succeed(true) : isOurs)))
}

/**
 * Does something while no other program does, kafka-journal's included, that changes tables of the keyspace.
 *
 * **Details**
 *
 * A table that is listed may not be there yet for who writes to it. The row is given back by a condition, as it was taken: a plain removal would get in the way of the servers' own order.
 */
export const withSchemaLock = (
  context: Context,
  change: Effect.Effect<void, RequestFailure>
): Effect.Effect<void, RequestFailure> => {
  const { requests, statements } = context
  const acquire = Effect.gen(function* () {
    const owner = crypto.randomUUID()
    const begun = yield* Clock.currentTimeMillis
    for (;;) {
      const taken = yield* Effect.result(take(context, owner))
      const waited = (yield* Clock.currentTimeMillis) - begun
      if (Result.isSuccess(taken)) {
        if (taken.success) return owner
        if (waited > patienceMs) return yield* Effect.fail(held(context))
      } else if (taken.failure.error.reason !== "Schema" || waited > appearMs) {
        return yield* Effect.fail(taken.failure)
      }
      yield* Effect.sleep(pause)
    }
  })
  const release = (owner: string) =>
    // The lock ends by itself, too: what matters has been done by now.
    Effect.ignore(requests.conditional("open", { query: statements.dropLock, params: [lockId, owner] }))
  return Effect.flatMap(acquire, (owner) => Effect.ensuring(change, release(owner)))
}
