import type { Answer, Machine } from "../../../core/machine/index.ts"
import type { Faults } from "./Faults.ts"
import type { Prng } from "../../../core/simulation/index.ts"
import type { Pending, Schedule } from "./Schedule.ts"
import type { Task } from "./Task.ts"
import type { Trace, TraceKind } from "./Trace.ts"

/**
 * What an actor is made from.
 *
 * **Details**
 *
 * `machine`, `state`, `tick` and `perform` are those of the driver that runs the machine outside the simulation.
 * `crashed` is called after the actor crashed, to start its successor; the driver lets an actor crash by itself only
 * where it is given. `pace` is how likely the actor's events are, compared with those of others, in percent (100).
 * `label` names inputs and outputs in the trace (their `_tag`).
 */
export interface ActorOptions<State, Input, Output> {
  readonly name: string
  readonly machine: Machine<State, Input, Output>
  readonly state: State
  readonly tick: (now: number) => Input
  readonly perform: (output: Output) => Answer | Task<Input>
  readonly crashed?: () => void
  readonly pace?: number
  readonly label?: (one: Input | Output) => string
}

/**
 * A running machine.
 *
 * **Details**
 *
 * `feed` steps the machine with an input, after the time where it has moved; a machine that is being stepped takes it
 * afterwards. `crash` and `stop` end the actor: its tasks are dropped, except remote ones that are on their way, and no
 * answer reaches it any more. `crash` counts as a fault and calls `crashed`; `stop` is how an actor ends in order.
 */
export interface Actor<State, Input> {
  readonly name: string
  readonly alive: () => boolean
  readonly state: () => State
  readonly feed: (input: Input) => void
  readonly crash: () => void
  readonly stop: () => void
}

/** What all actors of one simulation share; `underWay` counts the tasks that outlive whoever asked for them. */
export interface Stage {
  underWay: number
  readonly schedule: Schedule
  readonly faults: Faults
  readonly trace: Trace
  readonly random: Prng
}

interface Item<Input> {
  readonly task: Task<Input>
  readonly label: string
}

/** The tasks of one resource: those whose effect is still to come, and the answers that are still to be heard. */
class Line<Input> implements Pending {
  readonly items: Array<Item<Input>> = []
  readonly answers: Array<Input> = []
  readonly resource: string | undefined
  readonly pace: number
  readonly happen: () => void
  readyAt = 0

  constructor(resource: string | undefined, pace: number, happen: (line: Line<Input>) => void) {
    this.resource = resource
    this.pace = pace
    this.happen = () => happen(this)
  }
}

/** Whatever has a `_tag` is named by it. */
const tagOf = (one: unknown): string =>
  typeof one === "object" && one !== null && "_tag" in one ? String(one._tag) : typeof one

/** See {@link Actor}. */
export class SimulatedActor<State, Input, Output> implements Actor<State, Input> {
  readonly name: string
  private readonly options: ActorOptions<State, Input, Output>
  private readonly stage: Stage
  private readonly pace: number
  private readonly label: (one: Input | Output) => string
  private readonly lines = new Set<Line<Input>>()
  private readonly inbox: Array<Input> = []
  private readonly timer: { readyAt: number; readonly pace: number; readonly happen: () => void }
  private current: State
  private living = true
  private stepping = false
  private lastTick = -1

  constructor(options: ActorOptions<State, Input, Output>, stage: Stage) {
    this.name = options.name
    this.options = options
    this.stage = stage
    this.pace = options.pace ?? 100
    this.label = options.label ?? tagOf
    this.current = options.state
    this.timer = { readyAt: Infinity, pace: this.pace, happen: () => this.turn() }
    stage.schedule.add(this.timer)
    this.arm()
  }

  alive(): boolean {
    return this.living
  }

  state(): State {
    return this.current
  }

  feed(input: Input): void {
    if (!this.living) return
    this.inbox.push(input)
    this.turn()
  }

  crash(): void {
    if (!this.living) return
    this.record("Fault", "crash")
    this.end()
    this.options.crashed?.()
  }

  stop(): void {
    if (!this.living) return
    this.record("Move", "stop")
    this.end()
  }

  private record(kind: TraceKind, what: string): void {
    this.stage.trace.add(this.stage.schedule.now(), this.name, kind, what)
  }

  private end(): void {
    const { faults, schedule } = this.stage
    this.living = false
    this.inbox.length = 0
    schedule.remove(this.timer)
    for (const line of this.lines) {
      schedule.remove(line)
      const first = line.items[0]
      if (first?.task.remote === true && faults.happens("linger", faults.rates.linger)) this.detach(first)
    }
    this.lines.clear()
  }

  /** Whether the actor crashed at this point. */
  private crashes(): boolean {
    const { faults } = this.stage
    if (this.options.crashed === undefined || !faults.happens("crash", faults.rates.crash)) return false
    this.crash()
    return true
  }

  /** Tells the time where it has moved, then steps through all inputs that wait. */
  private turn(): void {
    if (this.stepping) return
    this.stepping = true
    const now = this.stage.schedule.now()
    try {
      if (now !== this.lastTick) {
        this.lastTick = now
        this.step(this.options.tick(now))
      }
      for (let input = this.inbox.shift(); input !== undefined; input = this.inbox.shift()) this.step(input)
    } finally {
      this.stepping = false
    }
    this.arm()
  }

  private step(input: Input): void {
    this.record("Input", this.label(input))
    const [next, outputs] = this.options.machine.step(this.current, input)
    this.current = next
    for (const output of outputs) {
      if (!this.living || this.crashes()) return
      const label = this.label(output)
      this.record("Output", label)
      const meaning = this.options.perform(output)
      if (meaning._tag === "Answer") meaning.run()
      else this.start({ task: meaning, label })
    }
  }

  /** A clock that is looked at once a millisecond: what was due at the last tick is due again only after it. */
  private arm(): void {
    const at = this.options.machine.wakeAt(this.current) ?? Infinity
    this.timer.readyAt = at <= this.lastTick ? this.lastTick + 1 : at
  }

  private start(item: Item<Input>): void {
    if (!this.living) return
    const line = this.lineOf(item.task.resource)
    line.items.push(item)
    if (line.items.length === 1) this.delay(line)
  }

  private lineOf(resource: string | undefined): Line<Input> {
    if (resource !== undefined) for (const line of this.lines) if (line.resource === resource) return line
    const made = new Line<Input>(resource, this.pace, (line) => this.proceed(line))
    this.lines.add(made)
    this.stage.schedule.add(made)
    return made
  }

  /** Perhaps holds back what comes next on this line. */
  private delay(line: Line<Input>): void {
    const { faults, schedule } = this.stage
    const { delay, delayMs } = faults.rates
    if (faults.happens("delay", delay)) line.readyAt = schedule.now() + 1 + faults.stream("delay").below(delayMs)
  }

  /** One event of a line: an effect, or an answer. */
  private proceed(line: Line<Input>): void {
    if (this.crashes()) return
    const [item] = line.items
    if (item !== undefined && (line.answers.length === 0 || this.stage.random.chance(50))) {
      const input = this.attempt(item)
      if (!this.living) return
      if (input !== undefined) {
        line.items.shift()
        line.answers.push(input)
        if (this.crashes()) return
        this.delay(line)
      }
    } else {
      const answer = line.answers.shift()
      if (answer !== undefined) this.feed(answer)
    }
    if (line.items.length > 0 || line.answers.length > 0 || !this.lines.delete(line)) return
    this.stage.schedule.remove(line)
  }

  /** Does a task, or a part of it, or lets its time run out; the answer, or `undefined` when it is to be gone on with. */
  private attempt(item: Item<Input>): Input | undefined {
    const { faults } = this.stage
    const { act, remote, repeatable, timedOut } = item.task
    if (timedOut !== undefined && faults.happens("time out", faults.rates.timeOut)) {
      this.timeOut(item, faults.stream("time out").below(remote ? 3 : 2))
      return timedOut
    }
    this.record("Effect", item.label)
    const input = act()
    if (input === undefined || !repeatable || !faults.happens("repeat", faults.rates.repeat)) return input
    this.record("Fault", "repeat")
    return undefined
  }

  private timeOut(item: Item<Input>, fate: number): void {
    this.record("Fault", `time out, ${fate === 0 ? "not done" : fate === 1 ? "done" : "done later"}: ${item.label}`)
    if (fate === 1) while (item.task.act() === undefined);
    else if (fate === 2) this.detach(item)
  }

  /** Lets a task take effect some time later, with nobody to hear of it. */
  private detach({ label, task }: Item<Input>): void {
    const { stage } = this
    const { schedule, trace } = stage
    const detached: Pending = {
      readyAt: schedule.now(),
      pace: 10,
      happen: () => {
        trace.add(schedule.now(), this.name, "Effect", `${label}, on its way since before`)
        if (task.act() === undefined) return
        stage.underWay--
        schedule.remove(detached)
      }
    }
    stage.underWay++
    schedule.add(detached)
  }
}
