import { Chance } from "./Chance.ts"
import type { Chances } from "./Chance.ts"
import { digestOf } from "./DigestOf.ts"
import { EventQueue, keyOf, noLane, tieBound, timeOf } from "./EventQueue.ts"
import { fnvBasis, fnvNumber, fnvText } from "./Fnv.ts"
import type { Prng } from "./Prng.ts"
import type { TraceEvent, TraceKind } from "./TraceEvent.ts"
import { Violation } from "./Violation.ts"

/** Whom events happen to. */
export interface Receiver {
  readonly happen: (kind: number, life: number, from: number, message: number, payload: unknown) => void
  /** Whether such an event still means something. */
  readonly awaits: (kind: number, life: number, key: number) => boolean
  /** What people call something that it is told, says or sends. */
  readonly nameOf: (one: unknown) => string
  /** What an event brings, as data; `undefined` where that is nothing. */
  readonly content: (kind: number, payload: unknown) => unknown
  /** What its state comes to, for telling states apart. */
  readonly digest: () => number
}

/**
 * Chooses which of `count` events is the next; `undefined` ends the run.
 *
 * **Details**
 *
 * The events are in the order in which they would happen by themselves. `digest` sums up the state of all nodes, of
 * the scenario, and of all that is still to happen.
 */
export type Choose = (count: number, digest: () => number) => number | undefined

/** What a run may be made to do otherwise, and who watches it. */
export interface EngineOptions {
  readonly random: Prng
  readonly chances: Chances
  readonly shuffles: boolean
  readonly encoded: boolean
  readonly watch: ((event: TraceEvent) => void) | undefined
  readonly choose: Choose | undefined
}

/** Thrown where whoever chooses has seen enough. */
export class Ended {}

/** Virtual time begins at a second, so that no time is taken for none. */
export const startAt = 1000

/** So many events of one millisecond, or inputs in one event, are a loop that never ends. */
export const eventsAtOnce = 100_000

/** How many labels are remembered with their hashes; a power of two. */
const knownLabels = 128

const kinds: ReadonlyArray<TraceKind> = [
  "input",
  "output",
  "effect",
  "send",
  "deliver",
  "drop",
  "crash",
  "start",
  "fault",
  "move",
  "mark",
  "note"
]
const numberOf = new Map(kinds.map((kind, at) => [kind, at]))

/** Virtual time, what is to happen in it, and the record of what did. */
export class Engine {
  readonly queue = new EventQueue()
  readonly receivers: Array<Receiver> = []
  readonly names: Array<string> = []
  readonly watch: ((event: TraceEvent) => void) | undefined
  readonly encoded: boolean
  readonly random: Prng
  /** Whether somebody chooses what happens next. */
  readonly chosen: boolean
  readonly marks = new Map<string, number>()
  now = startAt
  events = 0
  sent = 0
  /** Tasks that outlive whoever asked for them. */
  underWay = 0
  settling = false
  scenarioDigest: (() => number) | undefined
  private readonly options: EngineOptions
  private readonly recentLabels: Array<string> = Array.from({ length: knownLabels }, () => "")
  private readonly recentNumbers = new Int32Array(knownLabels).fill(fnvText(fnvBasis, ""))
  private readonly chances = new Map<string, Chance>()
  private readonly tieMask: number
  private hash = fnvBasis
  private atOnce = 0
  private handling = false

  constructor(options: EngineOptions) {
    this.options = options
    this.watch = options.watch
    this.encoded = options.encoded
    this.random = options.random
    this.chosen = options.choose !== undefined
    this.tieMask = options.shuffles ? tieBound - 1 : 0
  }

  /** Gives a receiver its number. */
  enter(name: string, receiver: Receiver): number {
    this.names.push(name)
    return this.receivers.push(receiver) - 1
  }

  chance(name: string): Chance {
    const known = this.chances.get(name)
    if (known !== undefined) return known
    const made = new Chance(name, this.options.chances)
    this.chances.set(name, made)
    return made
  }

  /** A key for an event at this time; events of one millisecond are in order, or in that of their words. */
  key(time: number, word: number): number {
    return keyOf(time, word & this.tieMask)
  }

  /** Mixes what happened into the hash of the run. */
  mix(node: number, kind: number, label: string, extra: number): void {
    // Few labels come again and again: most are found in a table without hashing, at the place of their first letter.
    const place = (label.charCodeAt(0) + label.length * 8) & (knownLabels - 1)
    if (this.recentLabels[place] !== label) {
      this.recentLabels[place] = label
      this.recentNumbers[place] = fnvText(fnvBasis, label)
    }
    const number = this.recentNumbers[place] as number
    const mixed = fnvNumber(fnvNumber(fnvNumber(this.hash, this.now), (node << 4) | kind), number)
    this.hash = extra === 0 ? mixed : fnvNumber(mixed, extra)
  }

  /** Records what is rare: what it says is part of the hash. */
  record(node: number, kind: TraceKind, what: string): void {
    this.mix(node, numberOf.get(kind) ?? 0, kind, fnvText(fnvBasis, what))
    this.watch?.({ at: this.now, node: this.names[node] ?? "", kind, what })
  }

  /** Counts what a batch of runs has to have met, and is in the trace as something else. */
  count(name: string): void {
    this.marks.set(name, (this.marks.get(name) ?? 0) + 1)
  }

  mark(name: string): void {
    this.count(name)
    this.watch?.({ at: this.now, node: "", kind: "mark", what: name })
  }

  /** FNV-1a of 32 bits, as eight hexadecimal digits. */
  traceHash(): string {
    return (this.hash >>> 0).toString(16).padStart(8, "0")
  }

  /** Lets the earliest event happen, or the one that is chosen; false where there is none up to `until`. */
  advance(until: number): boolean {
    const { queue } = this
    if (this.handling) throw new Violation({ invariant: "misuse", what: "Time passes only between events." })
    if (this.options.choose !== undefined && !this.settling) {
      if (!this.choose(this.options.choose, until)) return false
    } else {
      if (timeOf(queue.firstKey()) > until) return false
      queue.pop()
    }
    const time = timeOf(queue.key)
    if (time > this.now) {
      this.now = time
      this.atOnce = 0
    } else if (++this.atOnce > eventsAtOnce) {
      throw new Violation({ invariant: "livelock", what: `More than ${eventsAtOnce} events happen at one time.` })
    }
    this.handling = true
    ;(this.receivers[queue.target] as Receiver).happen(queue.kind, queue.life, queue.from, queue.message, queue.payload)
    this.handling = false
    return true
  }

  /** Lets everything happen up to this time, which it then is. */
  pass(until: number): void {
    while (this.advance(until));
    if (until > this.now) this.now = until
  }

  private choose(choose: Choose, until: number): boolean {
    const { queue } = this
    const lanes = new Set<number>()
    const open: Array<number> = []
    for (const place of queue.places()) {
      const lane = queue.look(place)
      if (timeOf(queue.key) > until || lanes.has(lane)) continue
      if (!(this.receivers[queue.target] as Receiver).awaits(queue.kind, queue.life, queue.key)) continue
      if (lane !== noLane) lanes.add(lane)
      open.push(place)
    }
    if (open.length === 0) return false
    const chosen = choose(open.length, () => this.digest())
    const place = chosen === undefined ? undefined : open[chosen]
    if (place === undefined) throw new Ended()
    queue.take(place)
    return true
  }

  /** What the state of everything comes to. */
  digest(): number {
    const { queue } = this
    let mixed = this.scenarioDigest?.() ?? 0
    for (const receiver of this.receivers) mixed = fnvNumber(mixed, receiver.digest())
    for (const place of queue.places()) {
      queue.look(place)
      if (!(this.receivers[queue.target] as Receiver).awaits(queue.kind, queue.life, queue.key)) continue
      mixed = fnvNumber(fnvNumber(fnvNumber(mixed, queue.target), queue.kind), queue.from)
      const content = (this.receivers[queue.target] as Receiver).content(queue.kind, queue.payload)
      mixed = fnvNumber(mixed, digestOf(content))
    }
    return mixed
  }
}
