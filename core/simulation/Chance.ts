import { words } from "./Prng.ts"
import type { Prng } from "./Prng.ts"

/** An ambient fault that happened: on the `nth` occasion (from 0) of its stream. */
export interface PlannedChance {
  readonly stream: string
  readonly nth: number
}

/** What all chances of a run share. */
export interface Chances {
  /** Whether they are drawn; else they happen where the plan says so. */
  readonly draws: boolean
  readonly planned: ReadonlyMap<string, ReadonlyArray<number>>
  readonly random: Prng
  readonly happened: Array<PlannedChance>
}

/** One stream of occasions on which something may go wrong: drawn and recorded, or as it was recorded. */
export class Chance {
  private readonly name: string
  private readonly chances: Chances
  private readonly draws: boolean
  private readonly planned: ReadonlyArray<number>
  private random: Prng | undefined
  private count = 0
  private taken = 0
  /** The occasion on which the plan lets it happen next. */
  private next: number

  constructor(name: string, chances: Chances) {
    this.name = name
    this.chances = chances
    this.draws = chances.draws
    this.planned = chances.planned.get(name) ?? []
    this.next = this.planned[0] ?? -1
  }

  /** Whether it happens on this occasion; in a drawn run in `percent` of them. */
  happens(percent: number): boolean {
    const nth = this.count++
    if (this.draws) {
      if (percent <= 0 || !this.drawn(percent)) return false
    } else {
      if (this.next !== nth) return false
      this.next = this.planned[++this.taken] ?? -1
    }
    this.chances.happened.push({ stream: this.name, nth })
    return true
  }

  /** A word for the details of the last one that happened: its own, so that one less shifts no other. */
  word(): number {
    return this.chances.random.stream(`${this.name} ${this.count}`).below(words)
  }

  private drawn(percent: number): boolean {
    this.random ??= this.chances.random.stream(this.name)
    return this.random.chance(percent)
  }
}
