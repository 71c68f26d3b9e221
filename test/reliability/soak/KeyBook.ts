import type { Verdict } from "../../kills/Tally.ts"

/** An event as a reading gives it: its number, and the name that its payload has. */
export type Found = readonly [seqNr: number, name: string]

/** What was certain of a journal when a reading began. */
export interface Certain {
  readonly generation: number
  readonly acknowledged: number
  readonly deleted: number
}

/**
 * What the one writer of a journal knows of it.
 *
 * **Details**
 *
 * An event is named after its journal, the incarnation and its number. Whatever was not acknowledged is tried again, with
 * the same numbers, before anything else is done, so that all numbers up to `acknowledged` are in the log, and none beyond
 * `tried` is. While a purge is under way, and for ever after one whose outcome is unknown, a reading may find the journal
 * before it or after it.
 */
export class KeyBook {
  readonly id: string
  incarnation = 0
  acknowledged = 0
  tried = 0
  deleted = 0
  deleteTried = 0
  /** Something may still arrive late: nothing may be purged any more, since it could come after that. */
  uncertain = false
  /** Nothing more is written. */
  retired = false
  #generation = 0
  #purging = false

  constructor(id: string) {
    this.id = id
  }

  nameOf(seqNr: number): string {
    return `${this.id}/${this.incarnation}/${seqNr}`
  }

  get certain(): Certain {
    return { generation: this.#generation, acknowledged: this.acknowledged, deleted: this.deleted }
  }

  beginPurge(): void {
    this.#generation++
    this.#purging = true
  }

  endPurge(): void {
    this.incarnation++
    this.acknowledged = this.tried = this.deleted = this.deleteTried = 0
    this.#generation++
    this.#purging = false
  }

  /** What is wrong with a reading that began when this was certain. */
  judge(found: ReadonlyArray<Found>, { acknowledged, deleted, generation }: Certain): Verdict {
    const [lost, doubled, reordered, invented]: [Array<string>, Array<string>, Array<string>, Array<string>] = [
      [],
      [],
      [],
      []
    ]
    const isSure = !this.#purging && generation === this.#generation
    const seen = new Set<number>()
    let last = 0
    for (const [seqNr, name] of found) {
      if (seen.has(seqNr)) doubled.push(name)
      else if (seqNr < last) reordered.push(name)
      const isOurs = isSure ? name === this.nameOf(seqNr) : this.#isNamed(name, seqNr)
      if (!isOurs || (isSure && (seqNr > this.tried || seqNr <= deleted))) invented.push(`${name} as ${seqNr}`)
      seen.add(seqNr)
      last = Math.max(last, seqNr)
    }
    if (isSure) {
      for (let seqNr = this.deleteTried + 1; seqNr <= acknowledged; seqNr++) {
        if (!seen.has(seqNr)) lost.push(this.nameOf(seqNr))
      }
    }
    return { lost, doubled, reordered, invented }
  }

  #isNamed(name: string, seqNr: number): boolean {
    const [id, incarnation, number] = name.split("/")
    return id === this.id && Number(incarnation) <= this.incarnation && Number(number) === seqNr
  }
}
