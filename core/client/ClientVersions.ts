import * as Result from "effect/Result"
import { type DecodeError, decodeWith, Reader } from "../bytes/index.ts"
import {
  ApiVersions,
  decodeResponse,
  DescribeConfigs,
  DescribeGroups,
  ErrorCode,
  Fetch,
  FindCoordinator,
  Heartbeat,
  highestCommonVersion,
  JoinGroup,
  LeaveGroup,
  ListOffsets,
  type Message,
  Metadata,
  OffsetCommit,
  OffsetFetch,
  SaslAuthenticate,
  SaslHandshake,
  SyncGroup,
  type VersionRange
} from "../protocol/index.ts"
import { ClientFailure } from "./ClientFailure.ts"

/**
 * The versions that this client speaks, by API key.
 *
 * **Details**
 *
 * Fetch begins with the isolation level and ends before topics are named by their ids. Metadata begins where a request
 * can forbid that a topic is created. JoinGroup begins with a time for rebalances, OffsetCommit where the broker keeps the
 * time of a commit, OffsetFetch where offsets are kept in the log. All of them are in
 * Kafka since 0.11, and in 4.0 after KIP-896; SaslAuthenticate, which is asked of brokers that want SASL, is since 1.0.
 */
export const clientVersions: ReadonlyMap<number, VersionRange> = new Map([
  [Fetch.apiKey, { min: 4, max: 12 }],
  [ListOffsets.apiKey, { min: 1, max: 9 }],
  [Metadata.apiKey, { min: 4, max: 12 }],
  [OffsetCommit.apiKey, { min: 2, max: 9 }],
  [OffsetFetch.apiKey, { min: 1, max: 9 }],
  [FindCoordinator.apiKey, { min: 0, max: 4 }],
  [JoinGroup.apiKey, { min: 1, max: 9 }],
  [Heartbeat.apiKey, { min: 0, max: 4 }],
  [LeaveGroup.apiKey, { min: 0, max: 5 }],
  [SyncGroup.apiKey, { min: 0, max: 5 }],
  [DescribeGroups.apiKey, { min: 0, max: 5 }],
  [SaslHandshake.apiKey, { min: 1, max: 1 }],
  [ApiVersions.apiKey, { min: 0, max: 3 }],
  [DescribeConfigs.apiKey, { min: 0, max: 4 }],
  [SaslAuthenticate.apiKey, { min: 0, max: 2 }]
])

/** The version in which ApiVersions is asked first, before anything is known of the broker. */
export const firstApiVersionsVersion = 3

/** The version in which each API is spoken with one broker. */
export type Negotiated = ReadonlyMap<number, number>

/** What an ApiVersions response says: the versions to speak, or the version of ApiVersions to ask again in. */
export type Negotiation =
  | { readonly _tag: "Agreed"; readonly versions: Negotiated }
  | { readonly _tag: "AskAgain"; readonly version: number }
  | { readonly _tag: "Refused"; readonly errorCode: number }

type Listed = ReadonlyArray<{ readonly apiKey: number; readonly minVersion: number; readonly maxVersion: number }>

const agreed = (listed: Listed): Negotiated => {
  const versions = new Map<number, number>()
  for (const { apiKey, minVersion, maxVersion } of listed) {
    const ours = clientVersions.get(apiKey)
    const version = ours && highestCommonVersion(ours, { min: minVersion, max: maxVersion })
    if (version !== undefined) versions.set(apiKey, version)
  }
  return versions
}

/**
 * Reads the response to an ApiVersions request that was asked in `version`.
 *
 * **Details**
 *
 * A broker that does not know that version answers in version 0 and lists the versions of ApiVersions that it has; one
 * that lists nothing is asked again in version 0 (KIP-511).
 */
export const negotiate = (frame: Uint8Array, version: number): Result.Result<Negotiation, DecodeError> =>
  Result.flatMap(errorCodeOf(frame), (errorCode): Result.Result<Negotiation, DecodeError> => {
    const unsupported = errorCode === ErrorCode.UNSUPPORTED_VERSION
    return Result.map(decodeResponse(ApiVersions, unsupported ? 0 : version, frame), ({ body }): Negotiation => {
      if (unsupported && version > 0) {
        const own = agreed(body.apiKeys).get(ApiVersions.apiKey) ?? 0
        return { _tag: "AskAgain", version: Math.min(own, version - 1) }
      }
      return errorCode === ErrorCode.NONE
        ? { _tag: "Agreed", versions: agreed(body.apiKeys) }
        : { _tag: "Refused", errorCode }
    })
  })

/** The error code stands after the correlation id in every version. */
const errorCodeOf = (frame: Uint8Array): Result.Result<number, DecodeError> =>
  decodeWith(() => {
    const reader = new Reader(frame)
    reader.skip(4)
    return reader.int16()
  })

/** The version to speak with a broker, or why there is none. */
export const versionOf = (
  versions: Negotiated,
  message: Message,
  broker: string
): Result.Result<number, ClientFailure> => {
  const version = versions.get(message.apiKey)
  if (version !== undefined) return Result.succeed(version)
  const ours = clientVersions.get(message.apiKey)
  const range = ours === undefined ? "no version" : `versions ${ours.min} to ${ours.max}`
  return Result.fail(
    new ClientFailure({
      reason: "Unsupported",
      broker,
      message:
        `The broker at ${broker} and this client share no version of ${message.name} (this client speaks ${range}): ` +
        "use a broker that is compatible with Apache Kafka 0.11 or newer, at a port for clients, which a controller's is not."
    })
  )
}
