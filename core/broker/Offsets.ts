import type { CommittedOffset, OffsetEntry, OffsetKey } from "./OffsetRecords.ts"

type Partitions = Map<number, CommittedOffset>

/** The committed offsets of all groups: the fold of the offsets topic. */
export class Offsets {
  readonly #groups = new Map<string, Map<string, Partitions>>()

  /** Takes one record of the offsets topic into account. */
  apply({ key, value }: OffsetEntry): void {
    if (value === undefined) return this.#remove(key)
    const topics = this.#groups.get(key.group) ?? new Map<string, Partitions>()
    const partitions = topics.get(key.topic) ?? new Map<number, CommittedOffset>()
    this.#groups.set(key.group, topics.set(key.topic, partitions.set(key.partition, value)))
  }

  #remove({ group, partition, topic }: OffsetKey): void {
    const topics = this.#groups.get(group)
    const partitions = topics?.get(topic)
    partitions?.delete(partition)
    if (partitions?.size === 0) topics?.delete(topic)
    if (topics?.size === 0) this.#groups.delete(group)
  }

  get(group: string, topic: string, partition: number): CommittedOffset | undefined {
    return this.#groups.get(group)?.get(topic)?.get(partition)
  }

  /** The groups that have offsets. */
  groups(): Iterable<string> {
    return this.#groups.keys()
  }

  /** The topics that any group has offsets for. */
  topics(): ReadonlySet<string> {
    return new Set([...this.#groups.values()].flatMap((topics) => [...topics.keys()]))
  }

  /** Whether the group has committed anything. */
  has(group: string): boolean {
    return this.#groups.has(group)
  }

  /** The partitions by topic for which the group has offsets. */
  partitionsOf(
    group: string
  ): ReadonlyArray<{ readonly name: string; readonly partitionIndexes: ReadonlyArray<number> }> {
    const topics = this.#groups.get(group) ?? new Map<string, Partitions>()
    return Array.from(topics, ([name, partitions]) => ({ name, partitionIndexes: [...partitions.keys()] }))
  }

  /** Every offset that the group has. */
  keysOfGroup(group: string): ReadonlyArray<OffsetKey> {
    return this.partitionsOf(group).flatMap(({ name, partitionIndexes }) =>
      partitionIndexes.map((partition) => ({ group, topic: name, partition }))
    )
  }

  /** Every offset that any group has for the topic. */
  keysOf(topic: string): ReadonlyArray<OffsetKey> {
    const keys: Array<OffsetKey> = []
    for (const [group, topics] of this.#groups) {
      for (const partition of topics.get(topic)?.keys() ?? []) keys.push({ group, topic, partition })
    }
    return keys
  }
}
