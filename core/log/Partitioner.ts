import { murmur2 } from "../bytes/index.ts"

/**
 * Says in which of `count` partitions Kafka's default partitioner puts a record with this key, a number from 0.
 *
 * **Gotchas**
 *
 * The answer holds only as long as the topic's number of partitions does: adding partitions moves keys.
 */
export const partitionFor = (key: Uint8Array, count: number): number => (murmur2(key) & 0x7fffffff) % count
