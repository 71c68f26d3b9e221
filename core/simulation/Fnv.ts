/** The hash of nothing. */
export const fnvBasis = 0x811c9dc5

const fnvPrime = 0x01000193

/** Mixes a whole number below 2^32 into an FNV-1a hash of 32 bits. */
export const fnvNumber = (hash: number, value: number): number => Math.imul(hash ^ (value >>> 0), fnvPrime)

/** Mixes a text into an FNV-1a hash of 32 bits, by its UTF-16 units and its length. */
export const fnvText = (hash: number, text: string): number => {
  let mixed = hash
  for (let at = 0; at < text.length; at++) mixed = Math.imul(mixed ^ text.charCodeAt(at), fnvPrime)
  return Math.imul(mixed ^ text.length, fnvPrime)
}
