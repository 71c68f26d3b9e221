import { drawFaults } from "./DrawFaults.ts"
import type { Engine, Receiver } from "./Engine.ts"
import type { Faults } from "./Faults.ts"
import { fnvNumber } from "./Fnv.ts"
import type { Plan, PlannedMove } from "./Plan.ts"
import type { PlannedFault } from "./PlannedFault.ts"
import { makePrng, words } from "./Prng.ts"
import type { Move, RunOptions } from "./Simulation.ts"
import { Violation } from "./Violation.ts"

const kinds = { move: 0, fault: 1, end: 2 } as const

const checkWorkload = ({ gapMs, horizonMs = 0, moves }: RunOptions, workload: ReadonlyArray<Move>): void => {
  const numbers = [moves, gapMs, horizonMs, ...workload.map(({ weight }) => weight)]
  const wrong = numbers.find((number) => !(number >= 0 && number < Infinity))
  if (wrong !== undefined) {
    const what = `Numbers, times and weights of moves are at least 0 and finite, and one is ${wrong}.`
    throw new Violation({ invariant: "misuse", what })
  }
  const names = new Set<string>()
  for (const { name } of workload) {
    if (names.has(name)) throw new Violation({ invariant: "misuse", what: `Two moves are called "${name}".` })
    names.add(name)
  }
}

const byTime = (a: { readonly at: number }, b: { readonly at: number }): number => a.at - b.at

/** What happens by plan: the moves of the workload and the timed faults, of one phase after the other. */
export class Timeline implements Receiver {
  /** The moves and faults that have begun. */
  readonly moves: Array<PlannedMove> = []
  readonly faults: Array<PlannedFault> = []
  private readonly engine: Engine
  private readonly plan: Plan
  private readonly effects: Faults
  private readonly index: number
  private workload = new Map<string, Move>()
  private comingMoves: ReadonlyArray<PlannedMove> = []
  private comingFaults: ReadonlyArray<PlannedFault> = []
  private nextMove = 0
  private nextFault = 0
  private began = 0
  private phase = -1

  constructor(engine: Engine, plan: Plan, effects: Faults) {
    this.engine = engine
    this.plan = plan
    this.effects = effects
    this.index = engine.enter("", this)
  }

  /** Begins the next phase, and says when it ends. */
  begin(options: RunOptions, workload: ReadonlyArray<Move>): number {
    const { engine, plan } = this
    checkWorkload(options, workload)
    this.phase++
    this.began = engine.now
    this.workload = new Map(workload.map((move) => [move.name, move]))
    const drawn = this.drawMoves(options, workload)
    const last = drawn.at(-1)?.at ?? 0
    const lengthMs = options.horizonMs ?? last + options.gapMs + 1
    this.comingMoves = plan.moves === undefined ? drawn : this.ofPhase(plan.moves)
    this.comingFaults = plan.faults === undefined ? this.drawPhase(lengthMs) : this.ofPhase(plan.faults)
    this.nextMove = 0
    this.nextFault = 0
    this.pushMove()
    this.pushFault()
    return this.began + lengthMs
  }

  /** No more moves and faults of this phase. */
  end(): void {
    this.comingMoves = []
    this.comingFaults = []
  }

  awaits(kind: number): boolean {
    return (
      kind === kinds.end ||
      (kind === kinds.move ? this.nextMove < this.comingMoves.length : this.nextFault < this.comingFaults.length)
    )
  }

  nameOf(): string {
    return ""
  }

  content(): unknown {
    return undefined
  }

  digest(): number {
    return fnvNumber(fnvNumber(this.phase, this.nextMove), this.nextFault)
  }

  happen(kind: number, phase: number, _from: number, _message: number, payload: unknown): void {
    if (kind === kinds.end) return this.effects.end(payload as PlannedFault)
    if (phase !== this.phase) return
    if (kind === kinds.move) this.move()
    else this.fault()
  }

  private move(): void {
    const { engine } = this
    const move = this.comingMoves[this.nextMove++]
    if (move === undefined) return
    this.pushMove()
    const known = this.workload.get(move.name)
    if (known === undefined) return
    engine.events++
    this.moves.push(move)
    engine.record(this.index, "move", move.name)
    known.run(makePrng(move.seed))
  }

  private fault(): void {
    const { effects, engine } = this
    const fault = this.comingFaults[this.nextFault++]
    if (fault === undefined) return
    this.pushFault()
    engine.events++
    this.faults.push(fault)
    if (!effects.begin(fault) || !("until" in fault)) return
    const key = engine.key(Math.max(engine.now, this.began + fault.until), 0)
    engine.queue.push(key, this.index, this.phase, kinds.end, fault)
  }

  private pushMove(): void {
    const move = this.comingMoves[this.nextMove]
    if (move !== undefined) this.push(move.at, move.seed, kinds.move)
  }

  private pushFault(): void {
    const fault = this.comingFaults[this.nextFault]
    if (fault !== undefined) this.push(fault.at, Math.imul(fault.at, 0x9e3779b1) >>> 8, kinds.fault)
  }

  private push(at: number, word: number, kind: number): void {
    const { engine } = this
    engine.queue.push(engine.key(Math.max(engine.now, this.began + at), word), this.index, this.phase, kind, undefined)
  }

  private drawMoves(options: RunOptions, workload: ReadonlyArray<Move>): ReadonlyArray<PlannedMove> {
    const random = this.engine.random.stream(`moves ${this.phase}`)
    const total = workload.reduce((sum, { weight }) => sum + weight, 0)
    const drawn: Array<PlannedMove> = []
    let at = 0
    if (total <= 0) return drawn
    for (let count = 0; count < options.moves; count++) {
      at += random.below(2 * options.gapMs + 1)
      let roll = random.below(total)
      const seed = random.below(words)
      const move = workload.find(({ weight }) => (roll -= weight) < 0)
      if (move !== undefined) drawn.push({ at, name: move.name, seed, ...this.inPhase() })
    }
    return drawn
  }

  private drawPhase(lengthMs: number): ReadonlyArray<PlannedFault> {
    const { options } = this.effects
    if (options === undefined) return []
    const drawn = drawFaults(options, this.engine.random.stream(`faults ${this.phase}`), lengthMs)
    return drawn.map((fault) => ({ ...fault, ...this.inPhase() }))
  }

  private inPhase(): { readonly phase?: number } {
    return this.phase === 0 ? {} : { phase: this.phase }
  }

  private ofPhase<A extends { readonly at: number; readonly phase?: number }>(all: ReadonlyArray<A>): ReadonlyArray<A> {
    const found = all.filter(({ phase = 0 }) => phase === this.phase).toSorted(byTime)
    if (found.some(({ at }) => !Number.isSafeInteger(at) || at < 0)) {
      throw new Violation({ invariant: "misuse", what: "A time in the plan is no whole number of milliseconds." })
    }
    return found
  }
}
