import { type ApiName, ErrorCode, type ErrorName, errorName } from "../protocol/index.ts"

/** An error that an API knows since a version, and what stands for it in those before. */
interface Substitute {
  readonly error: ErrorName
  readonly since: number
  readonly before: ErrorName
}

const storage = (since: number, before: ErrorName): Substitute => ({ error: "KAFKA_STORAGE_ERROR", since, before })

/** As Kafka has it: old clients take an error that they do not know for a fatal one. */
const substitutes: { readonly [Name in ApiName]?: ReadonlyArray<Substitute> } = {
  Produce: [storage(4, "NOT_LEADER_OR_FOLLOWER")],
  Fetch: [storage(6, "NOT_LEADER_OR_FOLLOWER")],
  ListOffsets: [storage(3, "NOT_LEADER_OR_FOLLOWER")],
  DeleteRecords: [storage(1, "NOT_LEADER_OR_FOLLOWER")],
  OffsetForLeaderEpoch: [storage(1, "NOT_LEADER_OR_FOLLOWER")],
  Metadata: [{ error: "POLICY_VIOLATION", since: 3, before: "UNKNOWN_TOPIC_OR_PARTITION" }],
  CreateTopics: [
    storage(3, "UNKNOWN_SERVER_ERROR"),
    { error: "POLICY_VIOLATION", since: 1, before: "INVALID_PARTITIONS" }
  ],
  DeleteTopics: [storage(2, "UNKNOWN_SERVER_ERROR")],
  InitProducerId: [storage(1, "COORDINATOR_NOT_AVAILABLE")]
}

/** The code for an error in a version of an API: one that clients of that version know. */
export const codeIn = (
  { name, version }: { readonly name: ApiName; readonly version: number },
  error: ErrorName
): number => {
  const substitute = substitutes[name]?.find((known) => known.error === error && version < known.since)
  return ErrorCode[substitute?.before ?? error]
}

/** The error of a code; one that is not listed is the server's own fault. */
export const errorOf = (code: number): ErrorName => {
  const name = errorName(code)
  return name in ErrorCode ? (name as ErrorName) : "UNKNOWN_SERVER_ERROR"
}
