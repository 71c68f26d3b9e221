import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import { verify } from "../../../../core/journal/index.ts"
import type { VerifiedPartition, VerifyOptions, VerifyProgress } from "../../../../core/journal/index.ts"
import { counted } from "../doctor/Words.ts"
import { sayOut } from "../Output.ts"
import type { Doing } from "../Progress.ts"
import { differenceJson, differenceText } from "./DifferenceText.ts"

/** A store that is not what the log says. */
export class StoreDiffers extends Data.TaggedError("StoreDiffers")<{ readonly message: string }> {}

const words = { reading: "records read", events: "records compared", heads: "heads compared", ids: "ids looked up" }

const partitionText = (one: VerifiedPartition): string => {
  const { differences, events, from, isWhole, journals, moved, partition, to, topic, unreadable } = one
  const range = to < from ? "nothing to compare" : `records ${from} to ${to}`
  return [
    `${topic}-${partition}: ${range}, ${counted(journals, "journal")}, ${counted(events, "event")}`,
    ...(isWhole ? [] : ["journals that began before are compared in part"]),
    ...(unreadable > 0 ? [`${counted(unreadable, "record")} cannot be read`] : []),
    ...(moved > 0 ? [`${counted(moved, "journal")} written to meanwhile and left out`] : []),
    counted(differences, "difference")
  ].join(", ")
}

/** What to compare, and how it is told. */
export interface CompareOptions extends Omit<VerifyOptions, "topic" | "onDifference" | "onProgress"> {
  readonly topics: ReadonlyArray<string>
  readonly json: boolean
  readonly doing: Doing
}

/** Compares partition by partition, tells what it finds, and fails when it has found something. */
export const compareTopics = Effect.fnUntraced(function* (options: CompareOptions) {
  const { doing, json, topics, ...what } = options
  let found = 0
  for (const topic of topics) {
    const count = yield* what.log.partitions(topic)
    const partitions = what.partition === undefined ? Array.from({ length: count }, (_, at) => at) : [what.partition]
    for (const partition of partitions) {
      const onProgress = (at: VerifyProgress): void =>
        doing(() => `${topic}-${partition}: ${at.done} of ${at.of} ${words[at.doing]}, ${found} differences`)
      const onDifference: VerifyOptions["onDifference"] = (difference) =>
        Effect.suspend(() => {
          found++
          return sayOut(json ? differenceJson(difference) : differenceText(difference))
        })
      const compared = yield* verify({ ...what, topic, partition, onDifference, onProgress })
      for (const one of compared) {
        yield* sayOut(json ? JSON.stringify({ type: "partition", ...one }) : partitionText(one))
      }
    }
  }
  if (found === 0) return
  const message = `The store differs from the log in ${counted(found, "place")}: if the log is right, fill a new store with \`odradek replicator rebuild\`.`
  return yield* new StoreDiffers({ message })
})
