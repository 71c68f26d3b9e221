import * as Effect from "effect/Effect"
import type { Scope } from "effect/Scope"
import type { Address } from "../ports/index.ts"
import { ApiVersions, DescribeConfigs, ErrorCode, errorName, Metadata, type VersionRange } from "../protocol/index.ts"
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

/** One topic; `errorCode` is Kafka's, 0 for a topic that is there. Its partitions are in order. */
export interface TopicInfo {
  readonly name: string
  readonly errorCode: number
  readonly partitions: ReadonlyArray<PartitionInfo>
}

/** What one broker tells of its cluster, and of the topics that it was asked about. */
export interface ClusterInfo {
  readonly clusterId: string | undefined
  readonly brokers: ReadonlyArray<BrokerInfo>
  readonly topics: ReadonlyArray<TopicInfo>
}

/** The settings of a topic as texts by Kafka's names, as far as a broker shows them; `errorCode` is Kafka's. */
export interface TopicSettings {
  readonly errorCode: number
  readonly settings: ReadonlyMap<string, string>
}

/**
 * Asks one broker about itself and its cluster.
 *
 * **Details**
 *
 * `versions` are those that the broker lists, by API key. `describe` never creates a topic. Nothing is asked twice: each
 * request ends with its deadline.
 */
export interface KafkaAdmin {
  readonly versions: Effect.Effect<ReadonlyMap<number, VersionRange>, ClientFailure>
  readonly describe: (topics: ReadonlyArray<string>) => Effect.Effect<ClusterInfo, ClientFailure>
  readonly settings: (topic: string) => Effect.Effect<TopicSettings, ClientFailure>
}

/** What DescribeConfigs calls a topic. */
const topicResource = 2

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
          { topics: topics.map((name) => ({ name })), allowAutoTopicCreation: false },
          requestTimeoutMs
        ),
        (response): ClusterInfo => ({
          clusterId: response.clusterId ?? undefined,
          brokers: response.brokers.map(({ host, nodeId, port }) => ({ nodeId, address: { host, port } })),
          topics: response.topics.flatMap(({ errorCode, name, partitions }) =>
            name === null ? [] : [{ name, errorCode, partitions: partitionsOf(partitions) }]
          )
        })
      ),
    settings: Effect.fnUntraced(function* (topic) {
      const resources = [{ resourceType: topicResource, resourceName: topic }]
      const { results } = yield* connection.request(DescribeConfigs, { resources }, requestTimeoutMs)
      const result = results.find(({ resourceName }) => resourceName === topic)
      if (result === undefined) {
        const broker = addressName(options.address)
        const message = `The broker at ${broker} left topic ${topic} out of its answer: see whether it is a Kafka broker.`
        return yield* new ClientFailure({ reason: "Malformed", broker, message })
      }
      const shown = result.configs.flatMap(({ name, value }) => (value === null ? [] : [[name, value] as const]))
      return { errorCode: result.errorCode, settings: new Map(shown) }
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
