import * as Effect from "effect/Effect"
import type { Scope } from "effect/Scope"
import type { Address } from "../ports/index.ts"
import {
  ApiVersions,
  DescribeConfigs,
  DescribeGroups,
  ErrorCode,
  errorName,
  FindCoordinator,
  Metadata,
  type VersionRange
} from "../protocol/index.ts"
import { type AclOperation, operationsNotTold, operationsOf } from "./AclOperation.ts"
import { clientSoftware, connectBroker, type ConnectionOptions } from "./BrokerConnection.ts"
import { addressName, ClientFailure } from "./ClientFailure.ts"

/** One broker as the cluster tells of it: `address` is where it wants to be reached. */
export interface BrokerInfo {
  readonly nodeId: number
  readonly address: Address
}

/** One partition: the ids of its leader (`undefined` for none), its replicas, and those of them that are in sync. */
export interface PartitionInfo {
  readonly partition: number
  readonly errorCode: number
  readonly leader: number | undefined
  readonly replicas: ReadonlyArray<number>
  readonly inSync: ReadonlyArray<number>
}

/**
 * One topic; `errorCode` is Kafka's, 0 for a topic that is there. Its partitions are in order. `operations` are those that
 * the asker may do with it, `undefined` where the broker does not tell (before Kafka 2.3).
 */
export interface TopicInfo {
  readonly name: string
  readonly errorCode: number
  readonly partitions: ReadonlyArray<PartitionInfo>
  readonly operations: ReadonlySet<AclOperation> | undefined
}

/**
 * What one broker tells of its cluster, and of the topics that it was asked about.
 *
 * **Details**
 *
 * `operations` are those that the asker may do with the cluster. Only brokers of Kafka 2.3 to 2.7 tell them here, and to
 * those alone who may describe the cluster.
 */
export interface ClusterInfo {
  readonly clusterId: string | undefined
  readonly brokers: ReadonlyArray<BrokerInfo>
  readonly operations: ReadonlySet<AclOperation> | undefined
  readonly topics: ReadonlyArray<TopicInfo>
}

/** The settings of a topic as texts by Kafka's names, as far as a broker shows them; `errorCode` is Kafka's. */
export interface TopicSettings {
  readonly errorCode: number
  readonly settings: ReadonlyMap<string, string>
}

/** Which broker coordinates a group; `errorCode` is Kafka's, and `address` is that of none where it is not 0. */
export interface CoordinatorInfo {
  readonly errorCode: number
  readonly address: Address
}

/** What the asker may do with a group, `undefined` where the broker does not tell; `errorCode` is Kafka's. */
export interface GroupRights {
  readonly errorCode: number
  readonly operations: ReadonlySet<AclOperation> | undefined
}

/**
 * Asks one broker about itself and its cluster.
 *
 * **Details**
 *
 * `versions` are those that the broker lists, by API key. `describe` never creates a topic. `coordinator` may be asked of
 * any broker, `groupRights` of the group's coordinator. Nothing is asked twice: each request ends with its deadline.
 */
export interface KafkaAdmin {
  readonly versions: Effect.Effect<ReadonlyMap<number, VersionRange>, ClientFailure>
  readonly describe: (topics: ReadonlyArray<string>) => Effect.Effect<ClusterInfo, ClientFailure>
  readonly settings: (topic: string) => Effect.Effect<TopicSettings, ClientFailure>
  readonly coordinator: (group: string) => Effect.Effect<CoordinatorInfo, ClientFailure>
  readonly groupRights: (group: string) => Effect.Effect<GroupRights, ClientFailure>
}

/** What DescribeConfigs calls a topic. */
const topicResource = 2

/** What FindCoordinator calls a group. */
const groupKeyType = 0

const leftOut = ({ address }: ConnectionOptions, what: string): ClientFailure => {
  const broker = addressName(address)
  const message = `The broker at ${broker} left ${what} out of its answer: see whether it is a Kafka broker.`
  return new ClientFailure({ reason: "Malformed", broker, message })
}

/**
 * Connects to a broker to ask about it; the connection is closed with the scope.
 *
 * **Example**
 *
 * ```ts
 * const clusterId = Effect.gen(function* () {
 *   const admin = yield* connectAdmin({ network, address, clientId: "me", connectTimeoutMs: 2000, requestTimeoutMs: 2000 })
 *   return (yield* admin.describe([])).clusterId
 * })
 * ```
 */
export const connectAdmin = Effect.fnUntraced(function* (
  options: ConnectionOptions
): Effect.fn.Return<KafkaAdmin, ClientFailure, Scope> {
  const { requestTimeoutMs } = options
  const connection = yield* connectBroker(options)
  return {
    versions: Effect.gen(function* () {
      const { apiKeys, errorCode } = yield* connection.request(ApiVersions, clientSoftware, requestTimeoutMs)
      if (errorCode !== ErrorCode.NONE) {
        const broker = addressName(options.address)
        const message = `The broker at ${broker} does not tell its versions (${errorName(errorCode)}): see its own log.`
        return yield* new ClientFailure({ reason: "Unsupported", broker, message })
      }
      return new Map(apiKeys.map((each) => [each.apiKey, { min: each.minVersion, max: each.maxVersion }]))
    }),
    describe: (topics) =>
      Effect.map(
        connection.request(
          Metadata,
          {
            topics: topics.map((name) => ({ name })),
            allowAutoTopicCreation: false,
            includeClusterAuthorizedOperations: true,
            includeTopicAuthorizedOperations: true
          },
          requestTimeoutMs
        ),
        (response): ClusterInfo => ({
          clusterId: response.clusterId ?? undefined,
          brokers: response.brokers.map(({ host, nodeId, port }) => ({ nodeId, address: { host, port } })),
          // Who may not describe the cluster is told of no operations at all.
          operations: operationsOf(response.clusterAuthorizedOperations || operationsNotTold),
          topics: response.topics.flatMap(({ errorCode, name, partitions, topicAuthorizedOperations }) =>
            name === null
              ? []
              : [
                  {
                    name,
                    errorCode,
                    partitions: partitionsOf(partitions),
                    operations: operationsOf(topicAuthorizedOperations)
                  }
                ]
          )
        })
      ),
    settings: Effect.fnUntraced(function* (topic) {
      const resources = [{ resourceType: topicResource, resourceName: topic }]
      const { results } = yield* connection.request(DescribeConfigs, { resources }, requestTimeoutMs)
      const result = results.find(({ resourceName }) => resourceName === topic)
      if (result === undefined) return yield* leftOut(options, `topic ${topic}`)
      const shown = result.configs.flatMap(({ name, value }) => (value === null ? [] : [[name, value] as const]))
      return { errorCode: result.errorCode, settings: new Map(shown) }
    }),
    coordinator: (group) =>
      Effect.map(
        connection.request(
          FindCoordinator,
          { key: group, keyType: groupKeyType, coordinatorKeys: [group] },
          requestTimeoutMs
        ),
        (response): CoordinatorInfo => {
          const { errorCode, host, port } = response.coordinators[0] ?? response
          return { errorCode, address: { host, port } }
        }
      ),
    groupRights: Effect.fnUntraced(function* (group) {
      const body = { groups: [group], includeAuthorizedOperations: true }
      const { groups } = yield* connection.request(DescribeGroups, body, requestTimeoutMs)
      const result = groups.find(({ groupId }) => groupId === group)
      if (result === undefined) return yield* leftOut(options, `group ${group}`)
      return { errorCode: result.errorCode, operations: operationsOf(result.authorizedOperations) }
    })
  }
})

const partitionsOf = (
  partitions: (typeof Metadata)["response"]["Type"]["topics"][number]["partitions"]
): ReadonlyArray<PartitionInfo> =>
  partitions
    .map(({ errorCode, isrNodes, leaderId, partitionIndex, replicaNodes }) => ({
      partition: partitionIndex,
      errorCode,
      leader: leaderId < 0 || errorCode === ErrorCode.LEADER_NOT_AVAILABLE ? undefined : leaderId,
      replicas: replicaNodes,
      inSync: isrNodes
    }))
    .sort((a, b) => a.partition - b.partition)
