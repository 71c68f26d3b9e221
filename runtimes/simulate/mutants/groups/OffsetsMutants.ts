import type { Mutant } from "../Mutant.ts"
import { planted } from "../Planted.ts"

const commit = planted("groups", "core/broker/handlers/OffsetCommit.ts")
const log = planted("groups", "core/broker/OffsetsLog.ts")
const offsets = planted("groups", "core/broker/Offsets.ts")
const records = planted("groups", "core/broker/OffsetRecords.ts")

/** Bugs of committed offsets. */
export const offsetsMutants: ReadonlyArray<Mutant> = [
  commit(
    "hasty-commit",
    "It says that offsets are stored before they are.",
    [
      `  appendOffsets(broker, { owner: { _tag: "Commit", call }, entries })\n`,
      `  answer(broker, call, "NONE")\n  appendOffsets(broker, { owner: { _tag: "Commit", call }, entries })\n`
    ],
    [`error: ErrorName): void =>\n  answer(broker, call, error)`, `error: ErrorName): void => undefined`]
  ),
  commit("refusal-overlooked", "It takes a commit that the group refuses for one that it allows.", [
    `  if (error !== "NONE") return refuse(broker, call, error)\n  const entries`,
    `  const entries`
  ]),
  commit("store-failure-overlooked", "It says that offsets are stored which the log has refused.", [
    `error: ErrorName): void =>\n  answer(broker, call, error)`,
    `error: ErrorName): void =>\n  answer(broker, call, error === "NONE" ? error : "NONE")`
  ]),
  commit("epoch-of-another", "It stores another leader epoch than was committed with an offset.", [
    `leaderEpoch: partition.committedLeaderEpoch,`,
    `leaderEpoch: partition.committedLeaderEpoch + 1,`
  ]),
  log("forgetful", "It has forgotten every offset after a start.", [
    `  loadFrom(broker, log?.logStart ?? 0)`,
    `  void log\n  loaded(broker)`
  ]),
  log("first-commit-passed-over", "It reads what was committed from the second batch on.", [
    `loadFrom(broker, log?.logStart ?? 0)`,
    `loadFrom(broker, (log?.logStart ?? 0) + 1)`
  ]),
  log("counted-before-stored", "It tells of an offset that is not stored yet.", [
    `  const records = append.entries.map(`,
    `  for (const entry of append.entries) broker.offsets.apply(entry)\n  const records = append.entries.map(`
  ]),
  log("never-counted", "It tells of an offset only after a restart.", [
    `    for (const entry of append.entries) broker.offsets.apply(entry)\n`,
    ``
  ]),
  log("refused-taken-for-stored", "It takes offsets that the log has refused for stored.", [
    `const error = errorCode === ErrorCode.MESSAGE_TOO_LARGE ? "INVALID_COMMIT_OFFSET_SIZE" : "NOT_COORDINATOR"`,
    `const error = "NONE"`
  ]),
  offsets("first-offset-stays", "It keeps the first offset that was committed of a partition.", [
    `partitions.set(key.partition, value)))`,
    `partitions.has(key.partition) ? partitions : partitions.set(key.partition, value)))`
  ]),
  offsets("one-partition-for-all", "It takes a commit of one partition for a commit of the topic's first.", [
    `partitions.set(key.partition, value)))`,
    `partitions.set(key.partition >> 1, value)))`
  ]),
  records("metadata-lost", "It stores an offset without what was committed with it.", [
    `  writeText(out, value.metadata)\n`,
    `  writeText(out, "")\n`
  ]),
  records("commit-time-for-offset", "It stores an offset's epoch in the place of the offset.", [
    `  out.int64(value.offset)\n`,
    `  out.int64(value.leaderEpoch)\n`
  ])
]
