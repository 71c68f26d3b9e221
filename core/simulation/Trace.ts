import { fnvBasis, fnvNumber, fnvText } from "./Fnv.ts"

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

/** The run so far: a hash of all events, and the last of them. */
export class Trace {
  private readonly kept: Array<TraceEvent> = []
  private readonly size: number
  private readonly watch: ((event: TraceEvent) => void) | undefined
  private mixed = fnvBasis
  private count = 0

  constructor(size: number, watch: ((event: TraceEvent) => void) | undefined) {
    this.size = size
    this.watch = watch
  }

  add(at: number, actor: string, kind: TraceKind, what: string): void {
    const event = { at, actor, kind, what }
    this.mixed = fnvText(fnvText(fnvText(fnvNumber(this.mixed, at), actor), kind), what)
    this.kept[this.count % this.size] = event
    this.count++
    this.watch?.(event)
  }

  events(): number {
    return this.count
  }

  /** FNV-1a of 32 bits, as eight hexadecimal digits. */
  hash(): string {
    return (this.mixed >>> 0).toString(16).padStart(8, "0")
  }

  tail(): ReadonlyArray<TraceEvent> {
    const from = Math.max(0, this.count - this.size)
    return Array.from({ length: this.count - from }, (_, at) => this.kept[(from + at) % this.size] as TraceEvent)
  }
}
