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
    hash = fnvNumber(hash, sortOf(one))
    if (typeof one === "number") hash = mixNumber(hash, one)
    else if (typeof one === "string") hash = fnvText(hash, one)
    else if (typeof one === "bigint") hash = fnvText(hash, `${one}`)
    else if (typeof one !== "object" || one === null) continue
    else if (one instanceof Uint8Array) for (const byte of [one.length, ...one]) hash = fnvNumber(hash, byte)
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

/** A number for each sort of data, so that an empty text is no empty list. */
const sortOf = (one: unknown): number => {
  if (typeof one === "boolean") return one ? 101 : 102
  if (typeof one !== "object") return sorts.indexOf(typeof one)
  if (one === null) return 103
  if (Array.isArray(one)) return 104
  if (one instanceof Map) return 105
  if (one instanceof Set) return 106
  return one instanceof Uint8Array ? 107 : 108
}

const sorts: ReadonlyArray<string> = ["undefined", "number", "string", "bigint", "function", "symbol"]
