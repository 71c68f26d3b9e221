import * as Effect from "effect/Effect"
import type { TopicPartition } from "../../../core/log/index.ts"
import { partitionBounds } from "../../../core/ports/index.ts"
import type {
  CommitLog,
  CommitLogError,
  ConsumerGroup,
  ConsumerGroupError,
  PartitionOffset
} from "../../../core/ports/index.ts"

/** Where a mapping begins that nothing is committed of: at what the log has first, or behind what it has. */
export type StartingPosition = "TRIM_HORIZON" | "LATEST"

/** Where partitions are begun: at what the group has committed, else at the starting position. */
export const beginningsOf = Effect.fnUntraced(function* (
  log: Pick<CommitLog, "read">,
  group: ConsumerGroup | undefined,
  position: StartingPosition,
  places: ReadonlyArray<TopicPartition>
): Effect.fn.Return<ReadonlyArray<PartitionOffset>, CommitLogError | ConsumerGroupError> {
  const committed = group === undefined ? [] : yield* group.committed(places)
  return yield* Effect.forEach(
    places,
    ({ partition, topic }) => {
      const known = committed.find((one) => one.topic === topic && one.partition === partition)
      if (known !== undefined) return Effect.succeed(known)
      return Effect.map(partitionBounds(log, { topic, partition }), ({ end, start }) => ({
        topic,
        partition,
        offset: position === "LATEST" ? end : start
      }))
    },
    { concurrency: 16 }
  )
})
