import * as Effect from "effect/Effect"
import { topicPartitionName } from "../../../core/log/index.ts"
import type { TopicPartition } from "../../../core/log/index.ts"
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
  const offsets = new Map<string, number>()
  const untold = new Map<string, PartitionOffset>()
  let member: GroupMembership | undefined

  const told = (sent: ReadonlyArray<PartitionOffset>): void => {
    for (const one of sent) {
      const name = topicPartitionName(one)
      if (untold.get(name)?.offset === one.offset) untold.delete(name)
    }
  }
  const tell = Effect.fnUntraced(function* (membership: GroupMembership) {
    const sent = [...untold.values()]
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
      for (const place of places) offsets.set(topicPartitionName(place), place.offset)
    },
    forget: (places) => {
      for (const name of places.map(topicPartitionName)) {
        offsets.delete(name)
        untold.delete(name)
      }
    },
    done: (place) => {
      const name = topicPartitionName(place)
      const before = offsets.get(name)
      if (before === undefined || place.offset <= before) return
      offsets.set(name, place.offset)
      if (member !== undefined) untold.set(name, place)
    },
    at: (place) => offsets.get(topicPartitionName(place)),
    keep: (membership) => {
      member = membership
      return Effect.forever(Effect.suspend(() => (untold.size === 0 ? Effect.sleep(lookMs) : tell(membership))))
    },
    flush: Effect.suspend(function rest(): Effect.Effect<void, ConsumerGroupError> {
      return member === undefined || untold.size === 0
        ? Effect.void
        : Effect.andThen(tell(member), Effect.suspend(rest))
    })
  }
}
