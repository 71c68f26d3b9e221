import { encodeUtf8, murmur2 } from "../../bytes/index.ts"

const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, "0")

/**
 * The name of one incarnation of a journal: a UUID (version 8 of RFC 9562) made from the place of its first record.
 *
 * **Details**
 *
 * No two records share a place, so no two incarnations share a name; and every replicator gives the same one, however
 * often it begins again. Layout: topic hash (32 bits), partition (16 low bits), version, offset (53 bits) and the
 * partition's high bits.
 */
export const recordId = (topic: string, partition: number, offset: number): string => {
  const low = offset % 2 ** 32
  const high = Math.floor(offset / 2 ** 32)
  return [
    hex(murmur2(encodeUtf8(topic)) >>> 0, 8),
    hex(partition % 2 ** 16, 4),
    `8${hex(Math.floor(partition / 2 ** 16) % 2 ** 12, 3)}`,
    hex(0x8000 + Math.floor(high / 2 ** 8), 4),
    `${hex(high % 2 ** 8, 4)}${hex(low, 8)}`
  ].join("-")
}

/** Whether {@link recordId} has made a name, and not a replicator that draws its names at random. */
export const isOwnRecordId = (name: string): boolean => name[14] === "8"
