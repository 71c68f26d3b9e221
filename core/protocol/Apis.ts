import { ApiVersions } from "./messages/ApiVersions.ts"
import { CreatePartitions } from "./messages/CreatePartitions.ts"
import { CreateTopics } from "./messages/CreateTopics.ts"
import { DeleteGroups } from "./messages/DeleteGroups.ts"
import { DeleteRecords } from "./messages/DeleteRecords.ts"
import { DeleteTopics } from "./messages/DeleteTopics.ts"
import { DescribeCluster } from "./messages/DescribeCluster.ts"
import { DescribeConfigs } from "./messages/DescribeConfigs.ts"
import { DescribeGroups } from "./messages/DescribeGroups.ts"
import { Fetch } from "./messages/Fetch.ts"
import { FindCoordinator } from "./messages/FindCoordinator.ts"
import { Heartbeat } from "./messages/Heartbeat.ts"
import { InitProducerId } from "./messages/InitProducerId.ts"
import { JoinGroup } from "./messages/JoinGroup.ts"
import { LeaveGroup } from "./messages/LeaveGroup.ts"
import { ListGroups } from "./messages/ListGroups.ts"
import { ListOffsets } from "./messages/ListOffsets.ts"
import { Metadata } from "./messages/Metadata.ts"
import { OffsetCommit } from "./messages/OffsetCommit.ts"
import { OffsetFetch } from "./messages/OffsetFetch.ts"
import { OffsetForLeaderEpoch } from "./messages/OffsetForLeaderEpoch.ts"
import { Produce } from "./messages/Produce.ts"
import { SyncGroup } from "./messages/SyncGroup.ts"
import type { Message } from "./Message.ts"

/** Every API that is described here, by name, in the order of the API keys. */
export const apis = {
  Produce,
  Fetch,
  ListOffsets,
  Metadata,
  OffsetCommit,
  OffsetFetch,
  FindCoordinator,
  JoinGroup,
  Heartbeat,
  LeaveGroup,
  SyncGroup,
  DescribeGroups,
  ListGroups,
  ApiVersions,
  CreateTopics,
  DeleteTopics,
  DeleteRecords,
  InitProducerId,
  OffsetForLeaderEpoch,
  DescribeConfigs,
  CreatePartitions,
  DeleteGroups,
  DescribeCluster
} as const

/** The APIs by name, as types. */
export type Apis = typeof apis

/** The name of an API that is described here. */
export type ApiName = keyof Apis

const byKey: ReadonlyMap<number, Apis[ApiName]> = new Map(Object.values(apis).map((api) => [api.apiKey, api]))

/** The API of that key, or `undefined` when it is not described here. */
export const apiOf = (apiKey: number): Apis[ApiName] | undefined => byKey.get(apiKey)

/** What a broker lists in its ApiVersions response: each API with the range that is advertised. */
export const advertisedApis: ReadonlyArray<{
  readonly apiKey: number
  readonly minVersion: number
  readonly maxVersion: number
}> = Object.values<Message>(apis).map(({ apiKey, advertised }) => ({
  apiKey,
  minVersion: advertised.min,
  maxVersion: advertised.max
}))
