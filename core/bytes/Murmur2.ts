const multiplier = 0x5bd1e995

/**
 * Computes the 32-bit murmur2 hash of `bytes` as a signed number, exactly as the Java client of Kafka does.
 *
 * **When to use**
 *
 * To place a record: Kafka's default partitioner takes this hash of the key with its sign bit cleared, modulo the number
 * of partitions.
 */
export const murmur2 = (bytes: Uint8Array): number => {
  const length = bytes.length
  let hash = 0x9747b28c ^ length
  let at = 0
  for (const last = length - 4; at <= last; at += 4) {
    let word = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)
    word = Math.imul(word, multiplier)
    word ^= word >>> 24
    hash = Math.imul(hash, multiplier) ^ Math.imul(word, multiplier)
  }
  const rest = length - at
  if (rest === 3) hash ^= bytes[at + 2]! << 16
  if (rest >= 2) hash ^= bytes[at + 1]! << 8
  if (rest >= 1) hash = Math.imul(hash ^ bytes[at]!, multiplier)
  hash = Math.imul(hash ^ (hash >>> 13), multiplier)
  return hash ^ (hash >>> 15)
}
