import type { ChainState } from "./ChainState.ts"

const basis = 0x811c9dc5
const prime = 0x01000193

const mixNumber = (hash: number, value: number): number => {
  const low = Math.imul(hash ^ (value | 0), prime)
  return Math.imul(low ^ (Math.floor(value / 2 ** 32) | 0), prime)
}

const mixText = (hash: number, text: string): number => {
  let mixed = Math.imul(hash ^ text.length, prime)
  for (let at = 0; at < text.length; at++) mixed = Math.imul(mixed ^ text.charCodeAt(at), prime)
  return mixed
}

/** What a block's name stands for already, and what a digest of a digest would be. */
const passedOver: ReadonlySet<string> = new Set(["parent", "settings", "outputs"])

/** Entries are known by their names; their payloads are what the names stand for. */
const isBytes = (value: object): value is Uint8Array => value instanceof Uint8Array

/**
 * A 32-bit FNV-1a hash of all that a node may act by: equal states have equal digests.
 *
 * **Details**
 *
 * It is for replays and exhaustive searches, and walks the whole state: it costs microseconds a block that is held. The
 * settings are not in it. Of what is reached more than once, each way is walked, except from a block to its parent.
 */
export const digest = (state: ChainState): number => {
  let hash = basis
  const todo: Array<unknown> = [state]
  while (todo.length > 0) {
    const value = todo.pop()
    if (typeof value === "number") hash = mixNumber(hash, value)
    else if (typeof value === "string") hash = mixText(hash, value)
    else if (typeof value !== "object" || value === null) hash = mixText(hash, String(value))
    else if (isBytes(value)) {
      hash = mixNumber(hash, value.length)
      for (const byte of value) hash = Math.imul(hash ^ byte, prime)
    } else if (Array.isArray(value)) {
      hash = mixNumber(hash, value.length)
      for (const item of value) todo.push(item)
    } else if (value instanceof Map || value instanceof Set) {
      hash = mixNumber(hash, value.size)
      for (const item of value) todo.push(item)
    } else {
      for (const [key, field] of Object.entries(value)) {
        if (passedOver.has(key)) continue
        hash = mixText(hash, key)
        todo.push(field)
      }
    }
  }
  return hash >>> 0
}
