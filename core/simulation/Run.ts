import type { Choose } from "./Engine.ts"
import { Engine, Ended, startAt } from "./Engine.ts"
import { Faults } from "./Faults.ts"
import type { AnyNode } from "./Faults.ts"
import { Network } from "./Network.ts"
import type { Burst, NetworkOptions } from "./Network.ts"
import type { NemesisOptions } from "./Nemesis.ts"
import type { Node, NodeOptions } from "./Node.ts"
import type { CompletePlan, Plan } from "./Plan.ts"
import { makePrng } from "./Prng.ts"
import type { Prng } from "./Prng.ts"
import type { Scenario } from "./Scenario.ts"
import { SimulatedNode } from "./SimulatedNode.ts"
import type { Move, RunOptions, SettleOptions, Simulation } from "./Simulation.ts"
import { healsNow } from "./Stage.ts"
import type { Stage } from "./Stage.ts"
import { calmTasks } from "./TaskRates.ts"
import type { TaskRates } from "./TaskRates.ts"
import { Timeline } from "./Timeline.ts"
import type { TraceEvent } from "./TraceEvent.ts"
import { Violation } from "./Violation.ts"

/** See `runPlan`. */
export interface RunPlanOptions {
  readonly watch?: ((event: TraceEvent) => void) | undefined
  readonly encoded?: boolean
  readonly choose?: Choose
}

/** What a run was, whether it failed or not. */
export interface Outcome {
  readonly plan: CompletePlan
  readonly hash: string
  readonly events: number
  readonly virtualMs: number
  readonly marks: ReadonlyMap<string, number>
  /** Whether whoever chose ended it. */
  readonly ended: boolean
  readonly failure: Failure | undefined
}

/** Why a run failed. */
export interface Failure {
  readonly invariant: string
  readonly what: string
  readonly cause?: unknown
}

/** Every run has this knob: whether events of one millisecond happen in any order, or in that of their causes. */
const shuffleKnob = "shuffle"

/** The value of each knob: that of the plan, else one that the seed draws. */
const drawKnobs = (scenario: Scenario, plan: Plan, root: Prng): Readonly<Record<string, number>> => {
  const drawn: Record<string, number> = {}
  for (const [name, values] of Object.entries({ [shuffleKnob]: [0, 1], ...scenario.knobs })) {
    drawn[name] = plan.knobs?.[name] ?? root.stream(`knob ${name}`).pick(values)
  }
  return drawn
}

/** On which occasions the chances of each stream happen, each once, in their order. */
const groupChances = (plan: Plan): ReadonlyMap<string, ReadonlyArray<number>> => {
  const grouped = new Map<string, Set<number>>()
  for (const { nth, stream } of plan.chances ?? []) {
    const known = grouped.get(stream)
    if (known === undefined) grouped.set(stream, new Set([nth]))
    else known.add(nth)
  }
  return new Map([...grouped].map(([stream, all]) => [stream, [...all].toSorted((a, b) => a - b)]))
}

/** One run of a scenario, from a plan. */
export class Run implements Simulation {
  readonly seed: number
  private readonly engine: Engine
  private readonly net: Network
  private readonly stage: Stage
  private readonly timeline: Timeline
  private readonly faults: Faults
  private readonly knobs: Readonly<Record<string, number>>
  private readonly nodes = new Map<string, AnyNode>()
  private readonly numbers = new Map<string, number>()
  private readonly streams = new Map<string, Prng>()
  private readonly plan: CompletePlan

  readonly knob = (name: string): number => {
    const value = this.knobs[name]
    if (value === undefined) this.fail("misuse", `The scenario has no knob "${name}".`)
    return value
  }

  readonly now = (): number => {
    return this.engine.now
  }

  readonly random = (stream: string): Prng => {
    const known = this.streams.get(stream)
    if (known !== undefined) return known
    const made = this.engine.random.stream(`scenario ${stream}`)
    this.streams.set(stream, made)
    return made
  }

  readonly chance = (stream: string, percent: number): boolean => {
    const { engine } = this
    if (!engine.chance(`scenario ${stream}`).happens(engine.settling ? 0 : percent)) return false
    engine.count(stream)
    engine.record(-1, "fault", stream)
    return true
  }

  node<State, Input, Output, Message = never>(options: NodeOptions<State, Input, Output, Message>): Node<State, Input> {
    if (options.name.includes(">")) this.fail("misuse", `A node cannot be called "${options.name}".`)
    if (this.numbers.has(options.name)) this.fail("misuse", `Two nodes are called "${options.name}".`)
    this.numbers.set(options.name, this.engine.receivers.length)
    const made = new SimulatedNode(options, this.stage)
    this.nodes.set(options.name, made as unknown as AnyNode)
    return made
  }

  readonly network = (options: Partial<NetworkOptions>, from?: string, to?: string): void => {
    const { net } = this
    if (from === undefined || to === undefined) {
      net.options = { ...net.options, ...options }
      return
    }
    const link = net.link(this.numberOf(from), this.numberOf(to))
    link.options = { ...(link.options ?? net.options), ...options }
  }

  readonly cut = (from: string, to: string): void => {
    this.net.link(this.numberOf(from), this.numberOf(to)).cuts++
  }

  readonly mend = (from: string, to: string): void => {
    const link = this.net.link(this.numberOf(from), this.numberOf(to))
    link.cuts = Math.max(0, link.cuts - 1)
  }

  readonly burst = (of: Burst, by: number, from: string, to: string): void => {
    this.net.link(this.numberOf(from), this.numberOf(to)).bursts[of] += by
  }

  readonly tasks = (rates: Partial<TaskRates>): void => {
    this.stage.rates = { ...this.stage.rates, ...rates }
  }

  readonly nemesis = (options: NemesisOptions): void => {
    this.faults.options = options
  }

  readonly run = (options: RunOptions, workload: ReadonlyArray<Move>): void => {
    const { engine, timeline } = this
    engine.settling = false
    this.stage.core = undefined
    this.net.disturb()
    this.faults.lasting = false
    const end = timeline.begin(options, workload)
    engine.pass(end)
    timeline.end()
  }

  readonly settle = (what: string, done: () => boolean, options: SettleOptions): void => {
    const { engine } = this
    const { core, withinMs } = options
    if (!(withinMs >= 0)) this.fail("misuse", `Nothing can be waited for within ${withinMs} ms.`)
    for (const name of core ?? []) this.numberOf(name)
    const heals = (name: string): boolean => healsNow(this.stage, name)
    engine.settling = true
    this.stage.core = core
    engine.record(-1, "note", "settle")
    this.faults.heal(heals)
    this.net.heal((node) => heals(engine.names[node] ?? ""))
    for (const node of this.nodes.values()) if (heals(node.name)) node.heal()
    const until = engine.now + withinMs
    while (engine.underWay > 0 || !done()) {
      if (engine.advance(until)) continue
      if (engine.queue.size === 0)
        this.fail(`settles: ${what}`, `It never comes about that ${what}: nothing is left to happen.`)
      this.fail(`settles: ${what}`, `It does not come about that ${what}: not in ${withinMs} ms without a fault.`)
    }
  }

  readonly pass = (ms: number): void => {
    this.engine.pass(this.engine.now + ms)
  }

  readonly events = (count: number): void => {
    const { engine } = this
    const until = engine.events + count
    while (engine.events < until && engine.advance(Infinity));
  }

  readonly mark = (name: string): void => {
    this.engine.mark(name)
  }

  readonly note = (text: string): void => {
    this.engine.record(-1, "note", text)
  }

  readonly digest = (sum: () => number): void => {
    this.engine.scenarioDigest = sum
  }

  readonly fail: (invariant: string, what: string) => never = (invariant, what) => {
    throw new Violation({ invariant, what })
  }

  constructor(scenario: Scenario, plan: Plan, options: RunPlanOptions) {
    const root = makePrng(plan.seed)
    const happened: Array<{ readonly stream: string; readonly nth: number }> = []
    this.seed = plan.seed
    this.knobs = drawKnobs(scenario, plan, root)
    this.engine = new Engine({
      random: root,
      chances: {
        draws: plan.chances === undefined,
        planned: groupChances(plan),
        random: root.stream("chances"),
        happened
      },
      shuffles: this.knob(shuffleKnob) !== 0,
      encoded: options.encoded ?? false,
      watch: options.watch,
      choose: options.choose
    })
    let lanes = 0
    const lane = (): number => lanes++
    this.net = new Network(this.engine, lane)
    this.stage = {
      engine: this.engine,
      network: this.net,
      rates: calmTasks,
      lane,
      nodeCalled: (name) => this.numberOf(name),
      core: undefined,
      crashed: (name, power) => this.faults.crashed(name, power)
    }
    this.faults = new Faults(this.engine, this.net, this.nodes)
    this.timeline = new Timeline(this.engine, plan, this.faults)
    this.plan = {
      scenario: scenario.name,
      seed: plan.seed,
      knobs: this.knobs,
      moves: this.timeline.moves,
      faults: this.timeline.faults,
      chances: happened
    }
  }

  /** Runs the scenario's body to its end, whatever that is. */
  static outcome(scenario: Scenario, plan: Plan, options: RunPlanOptions): Outcome {
    const run = new Run(scenario, plan, options)
    let failure: Failure | undefined
    let ended = false
    try {
      const ended: unknown = scenario.run(run)
      if (ended !== undefined)
        run.fail(
          "misuse",
          "The scenario's run gives something back: is it async? It must do everything before it returns."
        )
    } catch (error) {
      if (error instanceof Ended) ended = true
      else failure = failureOf(error)
    }
    const { engine } = run
    return {
      plan: run.plan,
      hash: engine.traceHash(),
      events: engine.events,
      virtualMs: engine.now - startAt,
      marks: engine.marks,
      ended,
      failure
    }
  }

  private numberOf(name: string): number {
    const number = this.numbers.get(name)
    if (number === undefined) this.fail("misuse", `There is no node called "${name}".`)
    return number
  }
}

const failureOf = (error: unknown): Failure => {
  if (error instanceof Violation) return { invariant: error.invariant, what: error.what }
  const name = error instanceof Error ? error.name : typeof error
  return { invariant: `throws ${name}`, what: `It throws: ${String(error)}`, cause: error }
}
