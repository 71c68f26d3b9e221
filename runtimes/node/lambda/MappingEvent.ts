import type { GivenUpWhy, PartitionRecords, ResumeAt } from "../../../core/lambda/index.ts"
import type { TopicPartition } from "../../../core/log/index.ts"

/**
 * Why an invocation has failed for all of its records.
 *
 * - `Threw`: the function has thrown
 * - `TimedOut`: its time was up, or its sandbox did not start in time, and it was killed
 * - `Exited`: its process has ended
 * - `NotLoaded`: the handler cannot be loaded any more
 * - `TooLarge`: the event is larger than a payload may be, and the function was not invoked
 * - `Answer`: the answer names what the event does not have, cannot be read, or is no JSON
 */
export type InvocationFailure = "Threw" | "TimedOut" | "Exited" | "NotLoaded" | "TooLarge" | "Answer"

/** What has come of an invocation, as the mapping reads it. */
export type InvocationOutcome =
  | { readonly _tag: "Done" }
  | { readonly _tag: "Resume"; readonly resume: ReadonlyArray<ResumeAt> }
  | { readonly _tag: "Failed"; readonly reason: InvocationFailure; readonly message: string }

/**
 * What happens in a mapping. Pollers have numbers from 1 on.
 *
 * - `Ready`: the handler is loaded, in every sandbox
 * - `Assigned`, `Revoked`: partitions that a poller has from now on, each from an offset, or has no more
 * - `Invoked`: an invocation has ended, after `ms` milliseconds without the start of its sandbox
 * - `GivenUp`: records were given up, and are in `destination`, or gone
 * - `Warned`: something does not work now and is tried again
 */
export type MappingEvent =
  | { readonly _tag: "Ready" }
  | {
      readonly _tag: "Assigned"
      readonly poller: number
      readonly partitions: ReadonlyArray<TopicPartition & { readonly offset: number }>
    }
  | { readonly _tag: "Revoked"; readonly poller: number; readonly partitions: ReadonlyArray<TopicPartition> }
  | {
      readonly _tag: "Invoked"
      readonly poller: number
      readonly requestId: string
      readonly attempt: number
      readonly isCold: boolean
      readonly ms: number
      readonly partitions: ReadonlyArray<PartitionRecords>
      readonly outcome: InvocationOutcome
    }
  | {
      readonly _tag: "GivenUp"
      readonly poller: number
      readonly why: GivenUpWhy
      readonly partitions: ReadonlyArray<PartitionRecords>
      readonly destination: string | undefined
    }
  | { readonly _tag: "Warned"; readonly message: string }
