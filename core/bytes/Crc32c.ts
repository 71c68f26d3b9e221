/** The Castagnoli polynomial 0x1EDC6F41, bits reversed. */
const polynomial = 0x82f63b78

const slices = 16

/**
 * Sixteen tables of 256 entries in a row: table `k` advances the checksum of one byte over `k` zero bytes that follow it,
 * so that sixteen bytes are folded in by sixteen independent look-ups.
 */
const tables: Int32Array = (() => {
  const built = new Int32Array(slices * 256)
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ polynomial : crc >>> 1
    built[byte] = crc
  }
  for (let at = 256; at < built.length; at++) {
    const previous = built[at - 256] as number
    built[at] = (previous >>> 8) ^ (built[previous & 0xff] as number)
  }
  return built
})()

/**
 * Computes the CRC-32C (Castagnoli) checksum of `bytes` between `start` (inclusive) and `end` (exclusive), as an unsigned
 * 32-bit number.
 *
 * **Details**
 *
 * `seed` is the checksum of the bytes that came before, so a checksum can be computed in pieces:
 * `crc32c(b, 0, b.length, crc32c(a))` is the checksum of `a` followed by `b`.
 *
 * **Gotchas**
 *
 * This is not the CRC-32 of zip and gzip, which uses another polynomial.
 */
export const crc32c = (bytes: Uint8Array, start = 0, end = bytes.length, seed = 0): number => {
  const t = tables
  let crc = ~seed
  let at = start
  for (const last = end - slices; at <= last; at += slices) {
    const a = crc ^ (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24))
    crc =
      t[3840 + (a & 0xff)]! ^
      t[3584 + ((a >>> 8) & 0xff)]! ^
      t[3328 + ((a >>> 16) & 0xff)]! ^
      t[3072 + (a >>> 24)]! ^
      t[2816 + bytes[at + 4]!]! ^
      t[2560 + bytes[at + 5]!]! ^
      t[2304 + bytes[at + 6]!]! ^
      t[2048 + bytes[at + 7]!]! ^
      t[1792 + bytes[at + 8]!]! ^
      t[1536 + bytes[at + 9]!]! ^
      t[1280 + bytes[at + 10]!]! ^
      t[1024 + bytes[at + 11]!]! ^
      t[768 + bytes[at + 12]!]! ^
      t[512 + bytes[at + 13]!]! ^
      t[256 + bytes[at + 14]!]! ^
      t[bytes[at + 15]!]!
  }
  for (; at < end; at++) crc = (crc >>> 8) ^ t[(crc ^ bytes[at]!) & 0xff]!
  return ~crc >>> 0
}
