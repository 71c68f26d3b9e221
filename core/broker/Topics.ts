import { isTopicName, wrongTopicName } from "../log/index.ts"
import type { ErrorName } from "../protocol/index.ts"
import type { BrokerConfig } from "./BrokerConfig.ts"
import { configFault, type TopicConfigs } from "./TopicConfigs.ts"

/** The topic that holds committed offsets. */
export const offsetsTopic = "__consumer_offsets"

/** Topics that only the broker writes to. */
export const isInternal = (name: string): boolean => name === offsetsTopic || name === "__transaction_state"

/** Partitions that one topic may have at most. */
export const maxTopicPartitions = 10_000

/**
 * One topic. `id` is a UUID that no other topic ever has, also not one of the same name after a deletion.
 *
 * **Details**
 *
 * `creating` lasts until the topic is durable, `deleting` until its files are gone; only an `online` topic is shown.
 */
export interface Topic {
  readonly name: string
  readonly id: string
  readonly partitions: number
  readonly configs: TopicConfigs
  readonly status: "creating" | "online" | "deleting"
}

/** A topic that is asked for, as in the CreateTopics request; -1 stands for the broker's default. */
export interface TopicSpec {
  readonly name: string
  readonly numPartitions: number
  readonly replicationFactor: number
  readonly assignments: ReadonlyArray<{ readonly partitionIndex: number; readonly brokerIds: ReadonlyArray<number> }>
  readonly configs: ReadonlyArray<{ readonly name: string; readonly value: string | null }>
}

/** What a topic would have. */
export interface TopicPlan {
  readonly name: string
  readonly partitions: number
  readonly configs: TopicConfigs
}

/** Why a topic is refused. */
export interface TopicFault {
  readonly error: ErrorName
  readonly message: string
}

const fault = (error: ErrorName, message: string): TopicFault => ({ error, message })

/** Whether the plan is a refusal. */
export const isFault = (plan: TopicPlan | TopicFault): plan is TopicFault => "error" in plan

/** All topics of a broker, by name and by id. */
export class Topics {
  readonly #byName = new Map<string, Topic>()
  readonly #byId = new Map<string, Topic>()
  /** Names with every `.` made a `_`: two topics may not differ in that alone, since metrics would mix them up. */
  readonly #folded = new Map<string, string>()

  get(name: string): Topic | undefined {
    return this.#byName.get(name)
  }

  byId(id: string): Topic | undefined {
    return this.#byId.get(id)
  }

  /** All topics, sorted by name. */
  all(): ReadonlyArray<Topic> {
    return [...this.#byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  put(topic: Topic): void {
    this.#byName.set(topic.name, topic)
    this.#byId.set(topic.id, topic)
    this.#folded.set(topic.name.replaceAll(".", "_"), topic.name)
  }

  remove(topic: Topic): void {
    this.#byName.delete(topic.name)
    this.#byId.delete(topic.id)
    this.#folded.delete(topic.name.replaceAll(".", "_"))
  }

  /** Why the name cannot be that of a new topic; `undefined` when it can. */
  nameFault(name: string): TopicFault | undefined {
    if (!isTopicName(name)) return fault("INVALID_TOPIC_EXCEPTION", wrongTopicName(name))
    if (this.#byName.has(name)) return fault("TOPIC_ALREADY_EXISTS", `Topic ${name} exists already.`)
    const similar = this.#folded.get(name.replaceAll(".", "_"))
    if (similar === undefined) return undefined
    const message = `Topic ${name} differs from ${similar} in dots and underscores alone: choose another name.`
    return fault("INVALID_TOPIC_EXCEPTION", message)
  }

  /**
   * What would be created for a spec on the one broker that there is, or why nothing is; `there` are the partitions that
   * the broker has, with those that are on their way.
   */
  plan(
    spec: TopicSpec,
    { defaultPartitions, maxPartitions, nodeId }: BrokerConfig,
    there: number
  ): TopicPlan | TopicFault {
    const { assignments, configs, name, numPartitions, replicationFactor } = spec
    const nameFault = this.nameFault(name)
    if (nameFault !== undefined) return nameFault
    const refused =
      assignments.length > 0 ? assignmentFault(spec, nodeId) : countFault(numPartitions, replicationFactor)
    if (refused !== undefined) return refused
    for (const config of configs) {
      const message = configFault(config.name, config.value)
      if (message !== undefined) return fault("INVALID_CONFIG", message)
    }
    const chosen = numPartitions === -1 ? defaultPartitions : numPartitions
    const partitions = assignments.length > 0 ? assignments.length : chosen
    if (there + partitions > maxPartitions) {
      const message = `The broker has ${there} partitions and may have ${maxPartitions}: delete topics that nobody needs.`
      return fault("POLICY_VIOLATION", message)
    }
    return { name, partitions, configs: new Map(configs.map((config) => [config.name, config.value ?? ""])) }
  }
}

const countFault = (partitions: number, replicas: number): TopicFault | undefined => {
  if (partitions === 0 || partitions < -1 || partitions > maxTopicPartitions) {
    return fault("INVALID_PARTITIONS", `A topic has 1 to ${maxTopicPartitions} partitions, not ${partitions}.`)
  }
  if (replicas !== -1 && replicas !== 1) {
    return fault("INVALID_REPLICATION_FACTOR", `There is one broker: ${replicas} replicas cannot be placed.`)
  }
  return undefined
}

const assignmentFault = (spec: TopicSpec, nodeId: number): TopicFault | undefined => {
  if (spec.numPartitions !== -1 || spec.replicationFactor !== -1) {
    return fault("INVALID_REQUEST", "Give either an assignment or the numbers of partitions and replicas, not both.")
  }
  const indexes = new Set(spec.assignments.map(({ partitionIndex }) => partitionIndex))
  const inOrder = spec.assignments.every((_, i) => indexes.has(i))
  const here = spec.assignments.every(({ brokerIds }) => brokerIds.length === 1 && brokerIds[0] === nodeId)
  if (inOrder && here && indexes.size <= maxTopicPartitions) return undefined
  const message = `Assign partitions 0 to ${spec.assignments.length - 1}, each to broker ${nodeId} alone.`
  return fault("INVALID_REPLICA_ASSIGNMENT", message)
}
