import * as Effect from "effect/Effect"
import { CommitLogError } from "../ports/index.ts"
import type { JournalKey } from "../ports/index.ts"
import { JournalError } from "./JournalError.ts"
import { fromStoreError } from "./JournalPorts.ts"
import type { JournalPorts } from "./JournalPorts.ts"

const requestMs = 30_000

const isTopicMissing = ({ cause }: JournalError): boolean =>
  cause instanceof CommitLogError && cause.reason === "UnknownTopic"

/** Whether the store has had the journal, or the topic's first partition. */
const isStored = ({ store }: JournalPorts, key: JournalKey): Effect.Effect<boolean, JournalError> =>
  Effect.gen(function* () {
    if ((yield* store.head(key)) !== undefined) return true
    return (yield* store.pointer(key.topic, 0)) !== undefined
  }).pipe(
    Effect.mapError((error) => fromStoreError(error, key)),
    Effect.timeoutOrElse({
      duration: requestMs,
      orElse: () => {
        const message = `The store has not answered for ${requestMs / 1000} s; check that it is up and reachable, and read again.`
        return Effect.fail(new JournalError({ reason: "Unavailable", ...key, message }))
      }
    })
  )

/**
 * What `look` finds of a journal, or `undefined` where its topic does not exist yet. Where the store has had the topic, it
 * was removed, or the log is another one, and the failure stands.
 */
export const unlessTopicIsMissing = <A, R>(
  ports: JournalPorts,
  key: JournalKey,
  look: Effect.Effect<A, JournalError, R>
): Effect.Effect<A | undefined, JournalError, R> =>
  Effect.catchIf(look, isTopicMissing, (error) =>
    Effect.flatMap(isStored(ports, key), (stored) => (stored ? Effect.fail(error) : Effect.succeed(undefined)))
  )
