import { fnvBasis, fnvNumber, fnvText } from "../../../core/simulation/index.ts"

/**
 * What happened.
 *
 * - `Input`: an input was stepped
 * - `Output`: an output was started, or an answer handed over
 * - `Effect`: a task took effect, or a part of it did
 * - `Fault`: the driver or the workload let something go wrong
 * - `Move`: the workload did something, or noted it
 */
export type TraceKind = "Input" | "Output" | "Effect" | "Fault" | "Move"

/** One event of a run; `at` is virtual time in milliseconds. */
export interface TraceEvent {
  readonly at: number
  readonly actor: string
  readonly kind: TraceKind
  readonly what: string
}

const arrows: Readonly<Record<TraceKind, string>> = { Input: "<-", Output: "->", Effect: "==", Fault: "!!", Move: "--" }

/** An event as one line of text. */
export const showEvent = ({ actor, at, kind, what }: TraceEvent): string =>
  `${`${at}`.padStart(8)} ${actor.padEnd(14)} ${arrows[kind]} ${what}`

/** The run so far: a hash of all events, and the last of them, in columns that are written round and round. */
export class Trace {
  private readonly times: Array<number> = []
  private readonly actors: Array<string> = []
  private readonly kinds: Array<TraceKind> = []
  private readonly whats: Array<string> = []
  private readonly size: number
  private readonly watch: ((event: TraceEvent) => void) | undefined
  private mixed = fnvBasis
  private count = 0

  constructor(size: number, watch: ((event: TraceEvent) => void) | undefined) {
    this.size = size
    this.watch = watch
  }

  add(at: number, actor: string, kind: TraceKind, what: string): void {
    this.mixed = fnvText(fnvText(fnvText(fnvNumber(this.mixed, at), actor), kind), what)
    const slot = this.count++ % this.size
    this.times[slot] = at
    this.actors[slot] = actor
    this.kinds[slot] = kind
    this.whats[slot] = what
    this.watch?.({ at, actor, kind, what })
  }

  events(): number {
    return this.count
  }

  /** FNV-1a of 32 bits, as eight hexadecimal digits. */
  hash(): string {
    return (this.mixed >>> 0).toString(16).padStart(8, "0")
  }

  tail(): ReadonlyArray<TraceEvent> {
    const kept = Math.min(this.count, this.size)
    return Array.from({ length: kept }, (_, back) => {
      const slot = (this.count - kept + back) % this.size
      return {
        at: this.times[slot] ?? 0,
        actor: this.actors[slot] ?? "",
        kind: this.kinds[slot] ?? "Move",
        what: this.whats[slot] ?? ""
      }
    })
  }
}
