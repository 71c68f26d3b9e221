import type { ApiName } from "../protocol/index.ts"
import type { BrokerState } from "./BrokerState.ts"
import type { AnyCall, Call } from "./Call.ts"
import { handleApiVersions } from "./handlers/ApiVersions.ts"
import { handleCreatePartitions } from "./handlers/CreatePartitions.ts"
import { handleCreateTopics } from "./handlers/CreateTopics.ts"
import { handleDeleteRecords } from "./handlers/DeleteRecords.ts"
import { handleDeleteTopics } from "./handlers/DeleteTopics.ts"
import { handleDescribeCluster } from "./handlers/DescribeCluster.ts"
import { handleDescribeConfigs } from "./handlers/DescribeConfigs.ts"
import { handleFetch } from "./handlers/Fetch.ts"
import { handleFindCoordinator } from "./handlers/FindCoordinator.ts"
import { handleDeleteGroups, handleDescribeGroups, handleListGroups } from "./handlers/GroupAdmin.ts"
import { handleHeartbeat, handleJoinGroup, handleLeaveGroup, handleSyncGroup } from "./handlers/GroupMembership.ts"
import { handleInitProducerId } from "./handlers/InitProducerId.ts"
import { handleListOffsets } from "./handlers/ListOffsets.ts"
import { handleMetadata } from "./handlers/Metadata.ts"
import { handleOffsetCommit } from "./handlers/OffsetCommit.ts"
import { handleOffsetFetch } from "./handlers/OffsetFetch.ts"
import { handleOffsetForLeaderEpoch } from "./handlers/OffsetForLeaderEpoch.ts"
import { handleProduce } from "./handlers/Produce.ts"

const handlers: { readonly [Name in ApiName]: (broker: BrokerState, call: Call<Name>) => void } = {
  Produce: handleProduce,
  Fetch: handleFetch,
  ListOffsets: handleListOffsets,
  Metadata: handleMetadata,
  OffsetCommit: handleOffsetCommit,
  OffsetFetch: handleOffsetFetch,
  FindCoordinator: handleFindCoordinator,
  JoinGroup: handleJoinGroup,
  Heartbeat: handleHeartbeat,
  LeaveGroup: handleLeaveGroup,
  SyncGroup: handleSyncGroup,
  DescribeGroups: handleDescribeGroups,
  ListGroups: handleListGroups,
  ApiVersions: handleApiVersions,
  CreateTopics: handleCreateTopics,
  DeleteTopics: handleDeleteTopics,
  DeleteRecords: handleDeleteRecords,
  InitProducerId: handleInitProducerId,
  OffsetForLeaderEpoch: handleOffsetForLeaderEpoch,
  DescribeConfigs: handleDescribeConfigs,
  CreatePartitions: handleCreatePartitions,
  DeleteGroups: handleDeleteGroups,
  DescribeCluster: handleDescribeCluster
}

/** Has a request handled, whose answer comes in this step or in a later one. */
export const handleRequest = (broker: BrokerState, call: AnyCall): void => {
  const handler = handlers[call.name] as (broker: BrokerState, call: AnyCall) => void
  handler(broker, call)
}
