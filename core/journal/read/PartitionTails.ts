import * as Result from "effect/Result"
import { decodeUtf8, encodeUtf8, sameBytes } from "../../bytes/index.ts"
import type { LogRecord } from "../../log/index.ts"
import type { LogPage } from "../../ports/index.ts"
import { decodeAction } from "../codec/ActionCodec.ts"
import type { TailAnswer } from "./TailAnswer.ts"
import { extended } from "../fold/TailSummary.ts"
import type { TailSummary } from "../fold/TailSummary.ts"

/**
 * What is known of one journal: its actions from the offset `since` on (or after its last purge), the offset of the last
 * one, and what they amount to, unless one of them cannot be read.
 */
interface Entry {
  readonly since: number
  readonly last: number
  readonly tail: TailSummary | "poisoned"
}

/** The id in a record's key, which is another's where the key is not UTF-8. */
const isKeyOf = (id: string, key: Uint8Array): boolean => !id.includes("\uFFFD") || sameBytes(encodeUtf8(id), key)

/**
 * The tails of one partition's journals: what the records amount to that the log has and the store may not have yet.
 *
 * **Details**
 *
 * Everything below `from` is in the store; everything from there to `position` was read. It keeps one small summary for
 * each journal and nothing of the records. Where there are too many journals, those that were written longest ago are
 * forgotten: of a journal that it does not have it knows nothing below `evictedBelow`.
 *
 * **Gotchas**
 *
 * A journal's summary stands as long as its last action may be missing in the store: when the store has its first one,
 * but not its last, the summary is still whole, and whoever uses it must look which of its actions the store has.
 */
export class PartitionTails {
  /** In the order of the last actions' offsets. */
  readonly #entries = new Map<string, Entry>()
  #from: number
  #position: number | undefined
  #evictedBelow: number

  constructor(from: number) {
    this.#from = from
    this.#evictedBelow = from
  }

  /** Everything below this offset is in the store. */
  get from(): number {
    return this.#from
  }

  /** Everything below this offset, and not below `from`, was read; `undefined` until the log was read at all. */
  get position(): number | undefined {
    return this.#position
  }

  /** The number of journals that have a tail. */
  get size(): number {
    return this.#entries.size
  }

  /** The log has no more records below this offset. */
  reach(position: number): void {
    this.#position = Math.max(this.#position ?? 0, position)
  }

  /** Adds the records of a page that begins at `position`. */
  absorb({ records }: LogPage): void {
    for (const record of records) if (record.offset >= this.#from) this.#add(record)
  }

  #add(record: LogRecord): void {
    const { key, offset } = record
    if (key === null) return
    const decoded = decodeAction(record)
    const action = Result.getOrUndefined(decoded)
    if (Result.isSuccess(decoded) && (action === undefined || action._tag === "Mark")) return
    const id = action?.journalId ?? decodeUtf8(key)
    if (!isKeyOf(id, key)) return
    const known = this.#entries.get(id)
    const before = known?.tail
    const tail = action === undefined || before === "poisoned" ? "poisoned" : extended(before, action, offset)
    if (tail === undefined) return
    this.#entries.delete(id)
    this.#entries.set(id, { since: known?.since ?? this.#evictedBelow, last: offset, tail })
  }

  /** Everything up to this offset is in the store. */
  replicated(pointer: number): void {
    this.#from = Math.max(this.#from, pointer + 1)
    for (const [id, { last }] of this.#entries) {
      if (last >= this.#from) return
      this.#entries.delete(id)
    }
  }

  /** Where there are more journals than this, forgets those that were written longest ago, a tenth of them at least. */
  evict(maxIds: number): void {
    if (this.#entries.size <= maxIds) return
    const kept = Math.max(1, maxIds - Math.floor(maxIds / 10))
    for (const [id, { last }] of this.#entries) {
      if (this.#entries.size <= kept) {
        this.#evictedBelow = last
        return
      }
      this.#entries.delete(id)
    }
  }

  /** What is known of a journal up to `position`. */
  answer(id: string): TailAnswer {
    const { from, position: to = from } = this
    const entry = this.#entries.get(id)
    if (entry?.tail === "poisoned") return { _tag: "Unknown", why: "poisoned" }
    const isWhole = entry?.tail.purged === true || (entry?.since ?? this.#evictedBelow) <= from
    return isWhole ? { _tag: "Known", from, to, tail: entry?.tail } : { _tag: "Unknown", why: "limited" }
  }

  /** Draws the tails as text, a line for each journal. */
  describe(): ReadonlyArray<string> {
    const limited = this.#evictedBelow > this.#from ? `, limited below ${this.#evictedBelow}` : ""
    const lines = [`read from ${this.#from} to ${this.#position ?? "nowhere yet"}${limited}`]
    for (const [id, { tail }] of this.#entries) {
      if (tail === "poisoned") lines.push(`${id} poisoned`)
      else {
        const { alone, appendedTo, deletedTo, deleteTo, first, last, purged } = tail
        const state = alone === undefined ? "nothing" : `${alone.deleteTo}..${alone.seqNr}`
        const range = first === undefined ? `${last}` : `${first} to ${last}`
        const over = purged ? "purged" : `appends to ${appendedTo}, deletes to ${deletedTo} or else ${deleteTo}`
        lines.push(`${id} at ${range}: ${over}; alone ${state}`)
      }
    }
    return lines
  }
}
