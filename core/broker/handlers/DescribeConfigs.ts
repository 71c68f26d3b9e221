import { isTopicName } from "../../log/index.ts"
import { type DescribeConfigs, ErrorCode, type ErrorName } from "../../protocol/index.ts"
import { type BrokerConfig, maxOffsetMetadata } from "../BrokerConfig.ts"
import type { BrokerState } from "../BrokerState.ts"
import type { Call } from "../Call.ts"
import { allConfigs, configSources, type ConfigType, configTypes, type TopicConfigs } from "../TopicConfigs.ts"

type ResourceAnswer = (typeof DescribeConfigs)["response"]["Input"]["results"][number]
type ConfigAnswer = ResourceAnswer["configs"][number]

const topicResource = 2
const brokerResource = 4

/**
 * Says how topics and the broker are set.
 *
 * **Details**
 *
 * Every setting has a value, those of a topic that were not set the broker's default; who asks for synonyms is told both.
 * A resource that is named twice is answered once. The broker's settings are read-only.
 */
export const handleDescribeConfigs = (broker: BrokerState, call: Call<"DescribeConfigs">): void => {
  const results = new Map<string, ResourceAnswer>()
  for (const { configurationKeys, resourceName, resourceType } of call.body.resources) {
    const key = `${resourceType} ${resourceName}`
    if (results.has(key)) continue
    const found = configsOf(broker, resourceType, resourceName)
    const wanted = new Set(configurationKeys)
    results.set(key, {
      resourceType,
      resourceName,
      errorCode: typeof found === "string" ? ErrorCode[found] : ErrorCode.NONE,
      errorMessage: typeof found === "string" ? (refusals[found] ?? null) : null,
      configs:
        typeof found === "string"
          ? []
          : found.flatMap((config) =>
              wanted.size > 0 && !wanted.has(config.name)
                ? []
                : [call.body.includeSynonyms ? config : { ...config, synonyms: [] }]
            )
    })
  }
  broker.reply(call, { results: [...results.values()] })
}

const refusals: Partial<Record<ErrorName, string>> = {
  INVALID_REQUEST: "Settings of topics (2) and of this broker (4, by its id) can be read, and no others.",
  INVALID_TOPIC_EXCEPTION: "This is no topic name.",
  UNKNOWN_TOPIC_OR_PARTITION: "There is no topic of this name."
}

const configsOf = (broker: BrokerState, type: number, name: string): ReadonlyArray<ConfigAnswer> | ErrorName => {
  if (type === topicResource) {
    if (!isTopicName(name)) return "INVALID_TOPIC_EXCEPTION"
    const topic = broker.topics.get(name)
    return topic?.status === "online" ? topicConfigs(topic.configs) : "UNKNOWN_TOPIC_OR_PARTITION"
  }
  if (type !== brokerResource) return "INVALID_REQUEST"
  if (name === "") return []
  return name === String(broker.config.nodeId) ? brokerConfigs(broker.config) : "INVALID_REQUEST"
}

const topicConfigs = (configs: TopicConfigs): ReadonlyArray<ConfigAnswer> =>
  allConfigs(configs).map(({ broker, fallback, isSet, name, type, value }) => {
    const byDefault = { name: broker, value: fallback, source: configSources.default }
    return {
      name,
      value,
      readOnly: false,
      isDefault: !isSet,
      configSource: isSet ? configSources.topic : configSources.default,
      isSensitive: false,
      synonyms: isSet ? [{ name, value, source: configSources.topic }, byDefault] : [byDefault],
      configType: configTypes[type]
    }
  })

const brokerConfigs = (config: BrokerConfig): ReadonlyArray<ConfigAnswer> => {
  const { group } = config
  const own: ReadonlyArray<readonly [name: string, type: ConfigType, value: string | number | boolean]> = [
    ["auto.create.topics.enable", "boolean", config.autoCreateTopics],
    ["broker.id", "int", config.nodeId],
    ["fetch.max.bytes", "int", config.fetchMaxBytes],
    ["group.initial.rebalance.delay.ms", "int", group.initialRebalanceDelayMs],
    ["group.max.session.timeout.ms", "int", group.maxSessionTimeoutMs],
    ["group.max.size", "int", group.maxSize],
    ["group.min.session.timeout.ms", "int", group.minSessionTimeoutMs],
    ["node.id", "int", config.nodeId],
    ["num.partitions", "int", config.defaultPartitions]
  ]
  const fixed: ReadonlyArray<readonly [name: string, type: ConfigType, value: string | number | boolean]> = [
    ["default.replication.factor", "int", 1],
    ["delete.topic.enable", "boolean", true],
    ["offset.metadata.max.bytes", "int", maxOffsetMetadata],
    ...allConfigs(new Map()).map(({ broker, type, value }) => [broker, type, value] as const)
  ]
  return [
    ...own.map((setting) => brokerConfig(setting, configSources.broker)),
    ...fixed.map((setting) => brokerConfig(setting, configSources.default))
  ]
}

const brokerConfig = (
  [name, type, value]: readonly [name: string, type: ConfigType, value: string | number | boolean],
  configSource: number
): ConfigAnswer => ({
  name,
  value: String(value),
  readOnly: true,
  isDefault: configSource === configSources.default,
  configSource,
  isSensitive: false,
  synonyms: [{ name, value: String(value), source: configSource }],
  configType: configTypes[type]
})
