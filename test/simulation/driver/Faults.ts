import { makePrng } from "../../../core/simulation/index.ts"
import type { Prng } from "../../../core/simulation/index.ts"

/**
 * How often the driver lets something go wrong, in percent of the occasions; 0.1 is one in a thousand.
 *
 * **Details**
 *
 * - `crash`: an actor crashes before an output is started, before an effect, or between an effect and its answer
 * - `timeOut`: a task that can time out does, with its effect done, not done, or (where it is remote) done later
 * - `repeat`: a repeatable effect happens once more before it is answered
 * - `delay`: a task or an answer is held back, for up to `delayMs` milliseconds
 * - `linger`: a remote task of an actor that ends is already on its way, and takes effect some time later
 */
export interface FaultRates {
  readonly crash: number
  readonly timeOut: number
  readonly repeat: number
  readonly delay: number
  readonly delayMs: number
  readonly linger: number
}

/** No fault of the driver's own; the workload's faults still happen. */
export const calmRates: FaultRates = { crash: 0, timeOut: 0, repeat: 0, delay: 0, delayMs: 100, linger: 0 }

/**
 * Fault rates drawn from a seed: each kind of fault is absent, rare or frequent, independently of the others, and every
 * fifth seed has none at all (`undefined`).
 *
 * **When to use**
 *
 * For batches of seeds: a run in which every kind of fault is equally likely hides what only few faults bring about.
 */
export const swarmRates = (seed: number): FaultRates | undefined => {
  const random = makePrng(seed).stream("swarm")
  if (random.chance(20)) return undefined
  return {
    crash: random.pick([0, 0.1, 0.5]),
    timeOut: random.pick([0, 1, 5]),
    repeat: random.pick([0, 1, 5]),
    delay: random.pick([0, 1, 5]),
    delayMs: random.pick([10, 100, 1000]),
    linger: random.pick([0, 20, 80])
  }
}

/** Decides about every fault, from a stream of random numbers for each name; a fault that happens is counted. */
export class Faults {
  readonly rates: FaultRates
  private readonly random: Prng
  private readonly streams = new Map<string, Prng>()
  private readonly happened: (name: string) => void
  private on: boolean

  constructor(random: Prng, rates: Partial<FaultRates> | undefined, happened: (name: string) => void) {
    this.rates = { ...calmRates, ...rates }
    this.random = random
    this.happened = happened
    this.on = rates !== undefined
  }

  happens(name: string, percent: number): boolean {
    if (!this.on || percent <= 0 || !this.stream(name).chance(percent)) return false
    this.happened(name)
    return true
  }

  /** The stream that the details of a fault are drawn from. */
  stream(name: string): Prng {
    const known = this.streams.get(name)
    if (known !== undefined) return known
    const made = this.random.stream(name)
    this.streams.set(name, made)
    return made
  }

  end(): void {
    this.on = false
  }
}
