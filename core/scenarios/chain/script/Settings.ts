/** The settings that a script can name. */
export const settingNames = [
  "electionMs",
  "spreadMs",
  "heartbeatMs",
  "leaseDriftPercent",
  "maxBlockBytes",
  "maxBlockCommands",
  "windowBlocks",
  "windowBytes",
  "maxUncommittedBytes",
  "snapshotBytes",
  "keepBlocks",
  "chunkBytes",
  "catchUpRounds"
] as const
