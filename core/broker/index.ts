export { broker, startBroker } from "./Broker.ts"
export { type BrokerConfig, defaultBrokerConfig, type FsyncPolicy } from "./BrokerConfig.ts"
export { type BrokerImage, emptyImage, ImageDamaged } from "./BrokerImage.ts"
export type { BrokerInput, BrokerOutput } from "./BrokerIo.ts"
export type { BrokerStart, BrokerState, FoundPartition } from "./BrokerState.ts"
export type { AnyCall, AnyReply, Call, CallId, Reply } from "./Call.ts"
export { Calls } from "./Calls.ts"
export { makeGroup } from "./Group.ts"
export {
  defaultGroupConfig,
  emptyGroup,
  type Group,
  type GroupConfig,
  type GroupInput,
  type GroupOutput
} from "./GroupState.ts"
export { openImage, writeImage } from "./ImageFile.ts"
export { partitionLog } from "./PartitionLog.ts"
export type { PartitionInput, PartitionOutput } from "./PartitionLogIo.ts"
export { openPartitionLog, type PartitionLogConfig, type PartitionState } from "./PartitionState.ts"
export { performer, type PerformerOptions } from "./Performer.ts"
export {
  type BrokerOptions,
  type BrokerStartError,
  type RecoveryProgress,
  type RunningBroker,
  start
} from "./program.ts"
export { maxTopicPartitions } from "./Topics.ts"
