/** Where something of one partition belongs. */
interface Place {
  readonly topic: string
  readonly partition: number
}

/** Values by partition: two look-ups, of which none has to put a name together first. */
export class PartitionMap<A> {
  readonly #topics = new Map<string, Map<number, A>>()
  #size = 0

  get size(): number {
    return this.#size
  }

  get({ partition, topic }: Place): A | undefined {
    return this.#topics.get(topic)?.get(partition)
  }

  set({ partition, topic }: Place, value: A): void {
    let partitions = this.#topics.get(topic)
    if (partitions === undefined) {
      partitions = new Map()
      this.#topics.set(topic, partitions)
    }
    if (!partitions.has(partition)) this.#size++
    partitions.set(partition, value)
  }

  delete({ partition, topic }: Place): void {
    const partitions = this.#topics.get(topic)
    if (partitions?.delete(partition) !== true) return
    this.#size--
    if (partitions.size === 0) this.#topics.delete(topic)
  }
}
