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
  private readonly planned: ReadonlyArray<number>
  private random: Prng | undefined
  private count = 0
  private taken = 0

  constructor(name: string, chances: Chances) {
    this.name = name
    this.chances = chances
    this.planned = chances.planned.get(name) ?? []
  }

  /** A word for the details of the last one that happened: its own, so that one less shifts no other. */
  word(): number {
    return this.chances.random.stream(`${this.name} ${this.count}`).below(words)
  }

  happens(percent: number): boolean {
    const nth = this.count++
    if (this.chances.draws) {
      if (percent <= 0) return false
      this.random ??= this.chances.random.stream(this.name)
      if (!this.random.chance(percent)) return false
    } else {
      if (this.planned[this.taken] !== nth) return false
      this.taken++
    }
    this.chances.happened.push({ stream: this.name, nth })
    return true
  }
}
