import * as Effect from "effect/Effect"
import type { TopicPartition } from "../../../core/log/index.ts"
import { PeriodicCommits } from "../../../core/ports/index.ts"
import type { ConsumerGroupError, GroupMembership, PartitionOffset } from "../../../core/ports/index.ts"

/**
 * How far the partitions of a process are done.
 *
 * **Details**
 *
 * `begin` says where a partition begins that the process has from now on, and `forget` that it has it no more. `done` moves it forward;
 * `at` is where another poller takes it up. `keep` tells the group, as often as there is something to tell, and fails where that refuses; `flush`
 * tells it all that there is to tell.
 */
export interface Commits {
  readonly begin: (places: ReadonlyArray<PartitionOffset>) => void
  readonly forget: (places: ReadonlyArray<TopicPartition>) => void
  readonly done: (place: PartitionOffset) => void
  readonly at: (place: TopicPartition) => number | undefined
  readonly keep: (membership: GroupMembership) => Effect.Effect<never, ConsumerGroupError>
  readonly flush: Effect.Effect<void, ConsumerGroupError>
}

const lookMs = 20
const retryMs = 500

/** Makes the positions of a process that has no partition yet. */
export const makeCommits = (warn: (message: string) => void): Commits => {
  let commits = PeriodicCommits.noCommits
  let member: GroupMembership | undefined

  /** What was sent before a partition was given away, and begun anew since further back, says nothing of it. */
  const told = (sent: ReadonlyArray<PartitionOffset>): void => {
    const current = sent.filter((one) => one.offset <= (PeriodicCommits.marked(commits, one) ?? -1))
    commits = PeriodicCommits.committed(commits, current)
  }
  const isTold = (): boolean => PeriodicCommits.pending(commits).length === 0
  const tell = Effect.fnUntraced(function* (membership: GroupMembership) {
    const sent = PeriodicCommits.pending(commits)
    yield* membership.commit(sent).pipe(
      Effect.tap(() => Effect.sync(() => told(sent))),
      Effect.catchIf(
        ({ reason }) => reason !== "Unauthorized" && reason !== "Refused",
        ({ message, reason }) => {
          // Whoever has the partition now commits it.
          if (reason === "Fenced") told(sent)
          else if (reason === "Unreachable") warn(`The position could not be committed, and is tried again: ${message}`)
          return reason === "Fenced" ? Effect.void : Effect.sleep(retryMs)
        }
      )
    )
  })
  return {
    begin: (places) => {
      const assigned = PeriodicCommits.assign(commits, places)
      commits = PeriodicCommits.committed(places.reduce(PeriodicCommits.mark, assigned), places)
    },
    forget: (places) => {
      commits = PeriodicCommits.forget(commits, places)
    },
    done: (place) => {
      commits = PeriodicCommits.mark(commits, place)
    },
    at: (place) => PeriodicCommits.marked(commits, place),
    keep: (membership) => {
      member = membership
      return Effect.forever(Effect.suspend(() => (isTold() ? Effect.sleep(lookMs) : tell(membership))))
    },
    flush: Effect.suspend(function rest(): Effect.Effect<void, ConsumerGroupError> {
      return member === undefined || isTold() ? Effect.void : Effect.andThen(tell(member), Effect.suspend(rest))
    })
  }
}
