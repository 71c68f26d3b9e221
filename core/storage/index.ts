export * from "./Checkpoint.ts"
export * from "./DataFolder.ts"
export { DataFolderRefused, type DataFolderRefusedReason } from "./DataFolderRefused.ts"
export * from "./FileStep.ts"
export * from "./Layout.ts"
export * from "./LogCut.ts"
export * from "./NodeFolder.ts"
export * from "./PartitionDamaged.ts"
export * from "./ProducerStates.ts"
export * from "./Recovery.ts"
export * from "./RollPlan.ts"
export * from "./Segment.ts"
export {
  type OpenedRecordLog,
  openRecordLog,
  type RecordLogCut,
  type RecordLogOptions
} from "./records/RecordRecovery.ts"
export { RecordLog } from "./records/RecordLog.ts"
export { RecordLogDamaged } from "./records/RecordLogDamaged.ts"
export { RecordLogFailed, type RecordLogFailedReason } from "./records/RecordLogFailed.ts"
export { type AppendPlan, type RecordAppend, RecordPlan, type RecordSegment } from "./records/RecordPlan.ts"
export { markerFile, segmentFile } from "./records/RecordFiles.ts"
export { type OpenedSnapshots, openSnapshots } from "./snapshots/OpenSnapshots.ts"
export { SnapshotDamaged } from "./snapshots/SnapshotDamaged.ts"
export { SnapshotFailed, type SnapshotFailedReason } from "./snapshots/SnapshotFailed.ts"
export { SnapshotFiles, type SnapshotPiece } from "./snapshots/SnapshotFiles.ts"
export { type SnapshotInfo } from "./snapshots/SnapshotHeader.ts"
export { type SnapshotPart, SnapshotPlan } from "./snapshots/SnapshotPlan.ts"
