import type { ErrorName } from "../protocol/index.ts"
import type { Call } from "./Call.ts"
import type { GroupInput } from "./GroupState.ts"
import type { DeleteRecordsJob } from "./handlers/DeleteRecords.ts"
import type { FetchJob } from "./handlers/Fetch.ts"
import type { ListOffsetsJob } from "./handlers/ListOffsets.ts"
import type { ProduceJob } from "./handlers/Produce.ts"
import type { OffsetsAppend, OffsetsOwner } from "./OffsetsLog.ts"
import type { Partition } from "./Partition.ts"
import type { PartitionInput } from "./PartitionLogIo.ts"
import type { TopicWaiter } from "./TopicLifecycle.ts"
import type { TopicFault } from "./Topics.ts"

/** What a step of the broker still has to do: machines call each other through these, first in, first out. */
export type Task =
  | { readonly _tag: "Partition"; readonly partition: Partition; readonly input: PartitionInput }
  | { readonly _tag: "Group"; readonly id: string; readonly input: GroupInput }
  | { readonly _tag: "FetchWake" | "FetchRound"; readonly job: FetchJob }
  | {
      readonly _tag: "OffsetsStored"
      readonly owner: Exclude<OffsetsOwner, { readonly _tag: "DeletedTopic" }>
      readonly error: ErrorName
    }
  | { readonly _tag: "ImageSettled"; readonly waiter: ImageWaiter; readonly fault: TopicFault | undefined }
  | {
      readonly _tag: "TopicSettled"
      readonly waiter: TopicWaiter
      readonly name: string
      readonly fault: TopicFault | undefined
    }

/** Who waits for the broker's image to be durable. */
export type ImageWaiter =
  | { readonly _tag: "InitProducerId"; readonly call: Call<"InitProducerId"> }
  | { readonly _tag: "TopicCreated" | "TopicGrown" | "TopicDeleting"; readonly name: string }

/** What the answer of a group or of a partition's log is for. */
export type Ticket =
  | { readonly _tag: "JoinGroup"; readonly call: Call<"JoinGroup"> }
  | { readonly _tag: "SyncGroup"; readonly call: Call<"SyncGroup"> }
  | { readonly _tag: "Heartbeat"; readonly call: Call<"Heartbeat"> }
  | { readonly _tag: "LeaveGroup"; readonly call: Call<"LeaveGroup"> }
  | { readonly _tag: "OffsetCommit"; readonly call: Call<"OffsetCommit"> }
  | {
      readonly _tag: "Produce"
      readonly job: ProduceJob
      readonly topic: number
      readonly slot: number
      readonly index: number
    }
  | { readonly _tag: "Fetch"; readonly job: FetchJob; readonly slot: number }
  | { readonly _tag: "ListOffsets"; readonly job: ListOffsetsJob }
  | { readonly _tag: "DeleteRecords"; readonly job: DeleteRecordsJob; readonly topic: number; readonly slot: number }
  | { readonly _tag: "OffsetsAppend"; readonly append: OffsetsAppend }
  | { readonly _tag: "OffsetsLoad" }
  | { readonly _tag: "Deletion"; readonly partition: Partition }
  | { readonly _tag: "Stop" }
