import { nilUuid } from "../../bytes/index.ts"
import { array, boolean, int16, int32, string, struct, uuid } from "../Field.ts"
import { message } from "../Message.ts"
import { authorizedOperations } from "./AuthorizedOperations.ts"

/**
 * Asks for the brokers of the cluster and for topics with their partitions and leaders.
 *
 * **Details**
 *
 * ```
 * request  v0     topics:[name:string]
 *          v1-3   topics:[name:string]?
 *          v4-7   … allowAutoTopicCreation:boolean
 *          v8     … includeClusterAuthorizedOperations:boolean includeTopicAuthorizedOperations:boolean
 *          v9     the same, flexible
 *          v10    each topic topicId:uuid name:string?
 *          v11-12 no includeClusterAuthorizedOperations
 * response v0     brokers:[nodeId:int32 host:string port:int32]
 *                 topics:[errorCode:int16 name:string partitions:[errorCode:int16 partitionIndex:int32 leaderId:int32
 *                 replicaNodes:[int32] isrNodes:[int32]]]
 *          v1     … each broker … rack:string?, brokers controllerId:int32 …, each topic … name isInternal:boolean …
 *          v2     … brokers clusterId:string? …
 *          v3-4   throttleTimeMs:int32 …
 *          v5-6   … each partition … offlineReplicas:[int32]
 *          v7     … each partition … leaderId leaderEpoch:int32 …
 *          v8     … each topic … topicAuthorizedOperations:int32, and at the end clusterAuthorizedOperations:int32
 *          v9     the same, flexible
 *          v10    … each topic … name topicId:uuid …
 *          v11    no clusterAuthorizedOperations
 *          v12    each topic … name:string? …
 * ```
 *
 * **Gotchas**
 *
 * All topics are asked for by null, but by an empty array in version 0, where null does not exist. Versions before 4 allow
 * the creation of topics. A client that learns topic ids here (10 and later) uses them in Fetch 13 and later.
 */
export const Metadata = message({
  name: "Metadata",
  apiKey: 3,
  advertised: [0, 12],
  flexibleSince: 9,
  request: struct({
    topics: array(struct({ topicId: uuid.since(10).default(nilUuid), name: string.nullable(10) })).nullable(1),
    allowAutoTopicCreation: boolean.since(4).default(true),
    includeClusterAuthorizedOperations: boolean.since(8).until(10).default(false),
    includeTopicAuthorizedOperations: boolean.since(8).default(false)
  }),
  response: struct({
    throttleTimeMs: int32.since(3).default(0),
    brokers: array(
      struct({ nodeId: int32, host: string, port: int32, rack: string.nullable().since(1).default(null) })
    ),
    clusterId: string.nullable().since(2).default(null),
    controllerId: int32.since(1).default(-1),
    topics: array(
      struct({
        errorCode: int16,
        name: string.nullable(12),
        topicId: uuid.since(10).default(nilUuid),
        isInternal: boolean.since(1).default(false),
        partitions: array(
          struct({
            errorCode: int16,
            partitionIndex: int32,
            leaderId: int32,
            leaderEpoch: int32.since(7).default(-1),
            replicaNodes: array(int32),
            isrNodes: array(int32),
            offlineReplicas: array(int32).since(5).default([])
          })
        ),
        topicAuthorizedOperations: authorizedOperations.since(8)
      })
    ),
    clusterAuthorizedOperations: authorizedOperations.since(8).until(10)
  })
})
