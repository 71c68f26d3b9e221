import type { Prng } from "../../../core/simulation/index.ts"

/** Something that can happen, at `readyAt` (virtual milliseconds) or any time later; `Infinity` for not at all. */
export interface Pending {
  readonly readyAt: number
  /** How likely it is to be next, compared with others. */
  readonly pace: number
  readonly happen: () => void
}

/** Virtual time, and all that can happen in it. */
export class Schedule {
  private readonly random: Prng
  private readonly pending: Array<Pending> = []
  private time: number

  constructor(random: Prng, now: number) {
    this.random = random
    this.time = now
  }

  now(): number {
    return this.time
  }

  pass(ms: number): void {
    this.time += ms
  }

  add(one: Pending): void {
    this.pending.push(one)
  }

  remove(one: Pending): void {
    const at = this.pending.indexOf(one)
    if (at < 0) return
    const last = this.pending.pop()
    if (last !== undefined && last !== one) this.pending[at] = last
  }

  /** Lets one thing happen that can happen now, or else jumps to when the next one can; false when none ever can. */
  advance(): boolean {
    const { pending, time } = this
    let total = 0
    let next = Infinity
    for (const { pace, readyAt } of pending) {
      if (readyAt <= time) total += pace
      else if (readyAt < next) next = readyAt
    }
    if (total === 0) {
      if (next === Infinity) return false
      this.time = next
      return true
    }
    let roll = this.random.below(total)
    for (const one of pending) {
      if (one.readyAt > time) continue
      roll -= one.pace
      if (roll >= 0) continue
      one.happen()
      return true
    }
    return false
  }
}
