import { type Belonging, foreignText } from "../../../../core/journal/index.ts"
import { type Check, check } from "./Check.ts"
import { counted, durationText, few } from "./Words.ts"

/**
 * One partition as it stands in the log and in the store.
 *
 * **Details**
 *
 * `pointer` is the last offset that is replicated; `later` is where it was found some time after that. `oldest` is the time
 * stamp of the first record that is not replicated, in milliseconds since the epoch. `poison` tells of a record among the
 * next ones that no replicator can read. `belonging` is whether the store was filled from this log.
 */
export interface PartitionState {
  readonly partition: number
  readonly logStart: number
  readonly end: number
  readonly pointer: number | undefined
  readonly later: number | undefined
  readonly oldest: number | undefined
  readonly poison: { readonly offset: number; readonly problem: string } | undefined
  readonly belonging: Belonging
}

/** A topic as it stands; `now` is in milliseconds since the epoch, `watchedMs` how long the pointers were watched. */
export interface TopicState {
  readonly topic: string
  readonly partitions: ReadonlyArray<PartitionState>
  readonly now: number
  readonly watchedMs: number
  readonly retentionMs: number | undefined
}

/** How old the oldest record that waits may be before a person should know, in milliseconds. */
const tolerableAgeMs = 60_000

const nextOf = ({ pointer }: PartitionState): number => (pointer ?? -1) + 1

/** Whether the store was filled from another log. */
const isForeign = (state: PartitionState): boolean => nextOf(state) > state.end || state.belonging._tag === "Other"

/** How many offsets of the log are not replicated. */
export const lagOf = (state: PartitionState): number => Math.max(0, state.end - Math.max(nextOf(state), state.logStart))

const pointers = ({ partitions, topic }: TopicState): ReadonlyArray<Check> => {
  const wrong = partitions.flatMap((state) => {
    const { belonging, end, logStart, partition } = state
    const place = `${topic}-${partition}`
    const { fail, warn } = check("pointer", place)
    const next = nextOf(state)
    if (next > end) {
      const message = `the store has ${place} up to offset ${next - 1}, and the log ends at ${end}`
      return [fail(message, "use the store that belongs to this log, or an empty one")]
    }
    if (belonging._tag === "Other") {
      const advice =
        "use the store that this log was replicated to, or an empty one; if it is the right one, see what is damaged with `odradek replicator verify`"
      return [fail(`the store was filled from another log than ${place}: ${foreignText(belonging)}`, advice)]
    }
    if (next >= logStart) return []
    const isOne = next === logStart - 1
    const gone = `${isOne ? `record ${next} of ${place} is` : `records ${next} to ${logStart - 1} of ${place} are`} gone from the log`
    return state.pointer === undefined
      ? [
          warn(
            `${gone}, and ${isOne ? "was" : "were"} never replicated to this store`,
            "use the store that has them, if there is one"
          )
        ]
      : [
          fail(
            `${gone} before ${isOne ? "it was" : "they were"} replicated`,
            `restore the store from a backup that has them, or set its pointer to ${logStart - 1} by hand to accept the loss`
          )
        ]
  })
  return wrong.length > 0 ? wrong : [check("pointer", topic).ok(`every pointer of ${topic} stands in the log`)]
}

const lag = ({ now, partitions, retentionMs, topic }: TopicState): Check => {
  const { fail, ok, skip, warn } = check("lag", topic)
  if (partitions.some(isForeign)) return skip(`the store and ${topic} do not belong together`)
  const behind = partitions.reduce((sum, state) => sum + lagOf(state), 0)
  if (behind === 0) return ok(`everything in ${topic} is replicated`)
  const times = partitions.flatMap((state) =>
    lagOf(state) > 0 && (state.oldest ?? -1) >= 0 ? [state.oldest ?? 0] : []
  )
  const age = times.length === 0 ? undefined : Math.max(0, now - Math.min(...times))
  const waiting = `${counted(behind, "record")} of ${topic} not replicated`
  if (age === undefined) return ok(waiting)
  const message = `${waiting}, the oldest for ${durationText(age)}`
  const run = "see that a replicator runs and keeps up"
  if (retentionMs !== undefined && retentionMs >= 0 && age > retentionMs / 2) {
    const until = `the log deletes records after ${durationText(retentionMs)}`
    const raise = "raise retention.ms at once, and see that a replicator runs"
    return age > retentionMs ? fail(`${message}, and ${until}`, raise) : warn(`${message}, and ${until}`, raise)
  }
  return age > tolerableAgeMs ? warn(message, run) : ok(message)
}

const poison = ({ partitions, topic }: TopicState): ReadonlyArray<Check> => {
  const found = partitions.flatMap(({ partition, poison: record }) =>
    record === undefined
      ? []
      : [
          check("records", `${topic}-${partition}`).fail(
            `no replicator gets past offset ${record.offset} of ${topic}-${partition}, ${record.problem}`,
            `find the program that wrote it; set the store's pointer to ${record.offset} by hand only when its loss is acceptable`
          )
        ]
  )
  return found.length > 0
    ? found
    : [check("records", topic).ok(`what waits in ${topic} can be read, as far as was looked`)]
}

const progress = ({ partitions, topic, watchedMs }: TopicState): Check => {
  const { ok, warn } = check("progress", topic)
  const waiting = partitions.filter((state) => lagOf(state) > 0 && state.poison === undefined && !isForeign(state))
  if (waiting.length === 0) return ok(`nothing that could be replicated waits in ${topic}`)
  const still = waiting.filter(({ later, pointer }) => later === pointer)
  if (still.length === 0) return ok(`the pointers of ${topic} move`)
  const places = few(still.map(({ partition, pointer }) => `${topic}-${partition} at ${pointer ?? "its beginning"}`))
  return warn(
    `pointers that did not move within ${durationText(watchedMs)}: ${places}`,
    `see that \`odradek replicator --topics ${topic}\` runs on this store, and what it logs`
  )
}

/** How far the store is behind the log, and whether it gets on. */
export const replicationChecks = (state: TopicState): ReadonlyArray<Check> => [
  ...pointers(state),
  lag(state),
  ...poison(state),
  progress(state)
]
