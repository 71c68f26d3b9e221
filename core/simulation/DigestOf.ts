import { fnvBasis, fnvNumber, fnvText } from "./Fnv.ts"

const scratch = new DataView(new ArrayBuffer(8))

const mixNumber = (hash: number, value: number): number => {
  if ((value | 0) === value) return fnvNumber(hash, value)
  scratch.setFloat64(0, value)
  return fnvNumber(fnvNumber(hash, scratch.getInt32(0)), scratch.getInt32(4))
}

/**
 * A hash of plain data, by what it says: records with their fields in order, arrays, bytes, maps, sets and scalars.
 *
 * **Gotchas**
 *
 * A function counts as nothing, and data that contains itself has no hash: it is cut off after a hundred thousand
 * values. Two states with the same hash are taken for the same by a search; give a `digest` of your own where a state
 * has parts that do not matter.
 */
export const digestOf = (value: unknown): number => {
  const left: Array<unknown> = [value]
  let hash = fnvBasis
  for (let count = 0; left.length > 0 && count < 100_000; count++) {
    const one = left.pop()
    if (typeof one === "number") hash = mixNumber(hash, one)
    else if (typeof one === "string") hash = fnvText(hash, one)
    else if (typeof one === "boolean") hash = fnvNumber(hash, one ? 1 : 2)
    else if (typeof one === "bigint") hash = fnvText(hash, `${one}`)
    else if (typeof one !== "object" || one === null) hash = fnvNumber(hash, 3)
    else if (one instanceof Uint8Array) for (const byte of one) hash = fnvNumber(hash, byte)
    else if (Array.isArray(one) || one instanceof Set || one instanceof Map) {
      hash = fnvNumber(hash, Array.isArray(one) ? one.length : one.size)
      for (const each of one) left.push(each)
    } else {
      const entries = Object.entries(one)
      hash = fnvNumber(hash, entries.length)
      for (const [key, each] of entries) left.push(key, each)
    }
  }
  return hash
}
