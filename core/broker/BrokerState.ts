import type { BatchHeader, TopicPartition } from "../log/index.ts"
import type { ApiName, Apis, ErrorName } from "../protocol/index.ts"
import type { RecoveredLog } from "../storage/index.ts"
import { Alarms } from "./Alarms.ts"
import type { BrokerConfig } from "./BrokerConfig.ts"
import type { BrokerImage } from "./BrokerImage.ts"
import type { BrokerOutput, PartitionName } from "./BrokerIo.ts"
import type { AnyReply, Call, CallId } from "./Call.ts"
import { Entropy } from "./Entropy.ts"
import type { Group, GroupInput } from "./GroupState.ts"
import type { FetchJob } from "./handlers/Fetch.ts"
import type { ListOffsetsJob } from "./handlers/ListOffsets.ts"
import { makeImageStore } from "./ImageStore.ts"
import { Offsets } from "./Offsets.ts"
import { leaderEpochOf, makePartition, type Partition } from "./Partition.ts"
import type { Isolation, PartitionInput } from "./PartitionLogIo.ts"
import { openPartitionLog } from "./PartitionState.ts"
import { configNumber, configValue } from "./TopicConfigs.ts"
import { ProducerIds } from "./ProducerIds.ts"
import type { Task, Ticket } from "./Task.ts"
import type { TopicGrowth } from "./TopicGrowth.ts"
import type { TopicWork } from "./TopicLifecycle.ts"
import { offsetsTopic, type Topic, Topics } from "./Topics.ts"

/** A partition as it was found at the start: `log` is absent when its files are damaged. */
export interface FoundPartition {
  readonly place: TopicPartition
  readonly log: RecoveredLog | undefined
}

/** What a broker begins with. `now` is in milliseconds since the epoch; `seed` must differ from start to start. */
export interface BrokerStart {
  readonly config: BrokerConfig
  readonly image: BrokerImage
  readonly partitions: ReadonlyArray<FoundPartition>
  readonly now: number
  readonly seed: readonly [number, number, number]
}

/**
 * Everything that a broker holds: private storage of its machine, which alone writes to it.
 *
 * **Details**
 *
 * `outputs` are those of the present step, `tasks` what is still to be done in it, first in, first out.
 */
export class BrokerState {
  readonly config: BrokerConfig
  readonly entropy: Entropy
  readonly producerIds: ProducerIds
  readonly topics = new Topics()
  readonly partitions = new Map<string, Partition>()
  readonly groups = new Map<string, Group>()
  readonly offsets = new Offsets()
  readonly fetches = new Map<CallId, FetchJob>()
  readonly lookups = new Map<CallId, ListOffsetsJob>()
  readonly creations = new Map<string, TopicWork>()
  readonly growths = new Map<string, TopicGrowth>()
  readonly deletions = new Map<string, TopicWork>()
  readonly alarms = new Alarms()
  readonly tasks: Array<Task> = []
  outputs: Array<BrokerOutput> = []
  now: number
  /** Whether the committed offsets have been asked for: the first thing that a broker does. */
  isLoading = false
  /** Whether the committed offsets could not be read to their end. */
  offsetsUnread = false
  /** Partitions that a stop still waits for; `undefined` while nobody has asked for a stop. */
  stopping: number | undefined
  readonly image = makeImageStore()
  readonly #tickets = new Map<number, Ticket>()
  #nextTicket = 1
  #nextIncarnation = 1

  constructor(start: BrokerStart) {
    this.config = start.config
    this.now = start.now
    this.entropy = new Entropy(start.seed)
    this.producerIds = new ProducerIds(start.image.nextProducerId)
    for (const topic of start.image.topics) this.topics.put(topic)
    for (const { log, place } of start.partitions) {
      const partition = this.addPartition(place)
      if (log !== undefined) this.openLog(partition, log)
    }
  }

  /** Answers a call. */
  reply<Name extends ApiName>(call: Call<Name>, body: Apis[Name]["response"]["Input"]): void {
    this.outputs.push({ _tag: "Reply", id: call.id, name: call.name, body } as unknown as AnyReply)
  }

  /** Puts something at the end of what this step still has to do. */
  later(task: Task): void {
    this.tasks.push(task)
  }

  /** Remembers what an answer from a group or a partition is for. */
  ticket(ticket: Ticket): number {
    const id = this.#nextTicket++
    this.#tickets.set(id, ticket)
    return id
  }

  /** What an answer is for; each is asked for once. */
  redeem(id: number): Ticket | undefined {
    const ticket = this.#tickets.get(id)
    this.#tickets.delete(id)
    return ticket
  }

  toGroup(id: string, input: GroupInput): void {
    this.later({ _tag: "Group", id, input })
  }

  toPartition(partition: Partition, input: PartitionInput): void {
    this.later({ _tag: "Partition", partition, input })
  }

  append(partition: Partition, batch: BatchHeader, ticket: Ticket): void {
    this.toPartition(partition, { _tag: "Append", id: this.ticket(ticket), batches: [batch], acks: -1 })
  }

  fetch(
    partition: Partition,
    wanted: { readonly offset: number; readonly maxBytes: number; readonly isolation: Isolation },
    ticket: Ticket
  ): void {
    this.toPartition(partition, { _tag: "Fetch", id: this.ticket(ticket), ...wanted })
  }

  /** Ends the wait of every fetch that is parked on the partition. */
  wakeFetches(partition: Partition): void {
    for (const job of partition.parked) this.later({ _tag: "FetchWake", job })
  }

  /** The partition of a topic that is shown, whether its log is open or not. */
  partition(topic: string, index: number): Partition | undefined {
    const known = this.topics.get(topic)
    if (known?.status !== "online" || index < 0 || index >= known.partitions) return undefined
    return this.partitions.get(`${topic}-${index}`)
  }

  /** The partition that the disk speaks of, unless another has taken its name meanwhile. */
  partitionNamed({ folder, incarnation }: PartitionName): Partition | undefined {
    const partition = this.partitions.get(folder)
    return partition?.incarnation === incarnation ? partition : undefined
  }

  /** All partitions of a topic, whatever its status. */
  partitionsOf(topic: Topic): ReadonlyArray<Partition> {
    return Array.from({ length: topic.partitions }, (_, index) => index).flatMap(
      (index) => this.partitions.get(`${topic.name}-${index}`) ?? []
    )
  }

  /** Why a client cannot use the partition; -1 stands for a client that knows no leader epoch. */
  partitionFault(partition: Partition | undefined, leaderEpoch: number): ErrorName | undefined {
    if (partition === undefined) return "UNKNOWN_TOPIC_OR_PARTITION"
    if (partition.log === undefined) return "KAFKA_STORAGE_ERROR"
    const epoch = leaderEpochOf(partition)
    if (leaderEpoch === -1 || leaderEpoch === epoch) return undefined
    return leaderEpoch < epoch ? "FENCED_LEADER_EPOCH" : "UNKNOWN_LEADER_EPOCH"
  }

  addPartition(place: TopicPartition): Partition {
    const partition = makePartition(place, this.#nextIncarnation++)
    this.partitions.set(partition.folder, partition)
    return partition
  }

  openLog(partition: Partition, found: RecoveredLog): void {
    const { decompress, fsync, fsyncIntervalMs, maxPendingBytes, retentionCheckMs } = this.config
    const configs = this.topics.get(partition.place.topic)?.configs ?? new Map<string, string>()
    const segmentBytes = configNumber(configs, "segment.bytes")
    const maxBatchBytes = configNumber(configs, "max.message.bytes")
    const isDeleted = configValue(configs, "cleanup.policy").includes("delete")
    const retentionMs = isDeleted ? configNumber(configs, "retention.ms") : -1
    const retentionBytes = isDeleted ? configNumber(configs, "retention.bytes") : -1
    const retention = { retentionMs, retentionBytes, retentionCheckMs }
    partition.log = openPartitionLog(
      { fsync, fsyncIntervalMs, segmentBytes, maxBatchBytes, maxPendingBytes, decompress, ...retention },
      found
    )
    if (partition.log.retentionDueAt !== undefined) this.alarms.set(`p ${partition.folder}`, this.now)
  }

  forget(partition: Partition): void {
    this.partitions.delete(partition.folder)
    this.alarms.set(`p ${partition.folder}`, undefined)
  }

  /** Whether committed offsets are known; they are not when the files that hold them are damaged, or were not read. */
  offsetsReadable(): boolean {
    if (this.offsetsUnread) return false
    const topic = this.topics.get(offsetsTopic)
    return topic?.status !== "online" || this.partition(offsetsTopic, 0)?.log !== undefined
  }

  /** What has to be durable now: every topic whose partitions are there, with as many as are. */
  imageNow(): BrokerImage {
    const isThere = (work: TopicWork | undefined) => work?.remaining === 0 && work.fault === undefined
    const topics = this.topics.all().flatMap((topic) => {
      if (topic.status === "creating" && !isThere(this.creations.get(topic.name))) return []
      const growth = this.growths.get(topic.name)
      return growth !== undefined && isThere(growth) ? [{ ...topic, partitions: growth.count }] : [topic]
    })
    return { nextProducerId: this.producerIds.reserved, topics }
  }
}
