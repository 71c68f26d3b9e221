import type { TopicPartition } from "../log/index.ts"
import type { RecoveredLog } from "../storage/index.ts"
import type { BrokerImage } from "./BrokerImage.ts"
import type { AnyCall, AnyReply, CallId } from "./Call.ts"
import type { PartitionInput, PartitionOutput } from "./PartitionLogIo.ts"

/** A partition as the disk knows it; see `Partition` for the incarnation. */
export interface PartitionName {
  readonly folder: string
  readonly incarnation: number
}

/**
 * What a broker is told.
 *
 * **Details**
 *
 * Every `Request` gets exactly one `Reply`, `NoReply` or `Close` with its id; after `Abandoned` nobody waits for it. A
 * `message` says why the disk refused, and is absent when it did not. `Stop` asks for everything to be synced.
 */
export type BrokerInput =
  | { readonly _tag: "Tick"; readonly now: number }
  | { readonly _tag: "Request"; readonly call: AnyCall }
  | { readonly _tag: "Abandoned"; readonly id: CallId }
  | ({ readonly _tag: "DiskDone"; readonly input: PartitionInput } & PartitionName)
  | ({ readonly _tag: "Opened"; readonly log: RecoveredLog | undefined; readonly message: string } & PartitionName)
  | ({ readonly _tag: "Removed"; readonly message: string | undefined } & PartitionName)
  | { readonly _tag: "ImageStored"; readonly version: number; readonly message: string | undefined }
  | { readonly _tag: "Stop" }

/** What a partition's log wants of the disk. */
export type DiskWork = Extract<PartitionOutput, { readonly _tag: "Perform" | "Read" }>

/**
 * What a broker answers, or wants done.
 *
 * **Details**
 *
 * `NoReply` ends a call that wants no answer, `Close` ends one by closing its connection. `OpenPartition` removes what may
 * lie in the folder and makes an empty partition there. `Report` is a sentence for whoever runs the broker. `Loaded` comes
 * once: before it, no request may be handed over. `Stopped` answers `Stop`.
 */
export type BrokerOutput =
  | AnyReply
  | { readonly _tag: "NoReply" | "Close"; readonly id: CallId }
  | ({ readonly _tag: "Disk"; readonly work: DiskWork } & PartitionName)
  | ({ readonly _tag: "OpenPartition"; readonly partition: TopicPartition } & PartitionName)
  | ({ readonly _tag: "RemovePartition" } & PartitionName)
  | { readonly _tag: "StoreImage"; readonly version: number; readonly image: BrokerImage }
  | { readonly _tag: "Report"; readonly message: string }
  | { readonly _tag: "Loaded" }
  | { readonly _tag: "Stopped" }
