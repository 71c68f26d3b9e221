import type { Chance } from "./Chance.ts"
import { digestOf } from "./DigestOf.ts"
import { type Engine, eventsAtOnce } from "./Engine.ts"
import { fnvNumber } from "./Fnv.ts"
import { happens, steps } from "./Kinds.ts"
import type { Task } from "./Meaning.ts"
import { exponential, words } from "./Prng.ts"
import type { Prng } from "./Prng.ts"
import type { Stage } from "./Stage.ts"
import { Violation } from "./Violation.ts"

/** The node whose tasks they are. */
export interface Host {
  readonly name: string
  readonly index: number
  readonly lifeNumber: () => number
  /** Whether the node crashed at this point. */
  readonly crashesHere: () => boolean
  /** Whether a fault that lay in wait for an effect ended the node's life. */
  readonly springs: (when: "effect" | "output") => boolean
}

interface Item<Input> {
  readonly task: Task<Input>
  readonly tag: string
  readonly label: string
}

/** A task on its way, and what its time is made from. */
interface Late<Input> {
  readonly item: Item<Input>
  readonly word: number
}

/** The tasks of one resource whose effects are still to come. */
interface Line<Input> {
  readonly lane: number
  readonly items: Array<Item<Input>>
  /** Answers come in the order of the effects. */
  lastKey: number
}

/** The tasks of a node: each has its effect in one event and its answer in another. */
export class Tasks<Input> {
  private readonly host: Host
  private readonly stage: Stage
  private readonly engine: Engine
  private readonly random: Prng
  private readonly timeOuts: Chance
  private readonly repeats: Chance
  private readonly lingers: Chance
  private readonly slows: Chance
  private readonly named = new Map<string, Line<Input>>()
  private readonly single = new Set<Line<Input>>()

  constructor(host: Host, stage: Stage) {
    const { engine } = stage
    this.host = host
    this.stage = stage
    this.engine = engine
    this.random = engine.random.stream(`tasks ${host.name}`)
    this.timeOuts = engine.chance(`time out ${host.name}`)
    this.repeats = engine.chance(`repeat ${host.name}`)
    this.lingers = engine.chance(`linger ${host.name}`)
    this.slows = engine.chance(`slow ${host.name}`)
  }

  start(task: Task<Input>, tag: string, label: string): void {
    const line = this.lineOf(task.resource)
    if (line.items.push({ task, tag, label }) === 1) this.scheduleEffect(line)
  }

  /** The node's life is over: what is not on its way yet never happens. */
  end(): void {
    for (const lines of [this.named.values(), this.single]) {
      for (const { items } of lines) {
        const [first] = items
        if (first?.task.remote !== true || !this.goesWrong(this.lingers, this.stage.rates.linger)) continue
        this.engine.count("linger")
        this.detach(first, this.lingers.word())
      }
    }
    this.named.clear()
    this.single.clear()
  }

  digest(): number {
    let mixed = 0
    for (const lines of [this.named.values(), this.single]) {
      for (const { items } of lines) for (const { tag } of items) mixed = fnvNumber(mixed, digestOf(tag))
    }
    return mixed
  }

  /** The effect at the head of a line. */
  effect(payload: unknown): void {
    const line = payload as Line<Input>
    const { engine, host } = this
    const [item] = line.items
    if (item === undefined || host.crashesHere()) return
    const life = host.lifeNumber()
    const input = this.attempt(item)
    if (host.lifeNumber() !== life) return
    if (host.springs("effect") || (input !== undefined && host.crashesHere())) return
    if (input !== undefined) {
      line.items.shift()
      const key = Math.max(this.keyAfter(), line.lastKey)
      line.lastKey = key
      engine.queue.push(key, host.index, life, happens.answer, input, line.lane)
    }
    if (line.items.length > 0) this.scheduleEffect(line)
    else this.single.delete(line)
  }

  /** A task that nobody hears of any more. */
  lateEffect(payload: unknown): void {
    const { engine, host } = this
    const { item, word } = payload as Late<Input>
    engine.mix(host.index, steps.effect, item.tag, 1)
    engine.watch?.({
      at: engine.now,
      node: host.name,
      kind: "effect",
      what: `${item.label}, on its way since before`
    })
    if (item.task.act() === undefined) this.scheduleLate({ item, word: Math.imul(word, 0x9e3779b1) >>> 0 })
    else engine.underWay--
  }

  /** Does a task, or a part of it, or lets its time run out; the answer, or `undefined` when it is to be gone on with. */
  private attempt(item: Item<Input>): Input | undefined {
    const { engine, host, stage } = this
    const { act, repeatable, timedOut } = item.task
    if (timedOut !== undefined && this.goesWrong(this.timeOuts, stage.rates.timeOut)) {
      this.timeOut(item)
      return timedOut
    }
    engine.mix(host.index, steps.effect, item.tag, 0)
    engine.watch?.({ at: engine.now, node: host.name, kind: "effect", what: item.label })
    const input = act()
    if (input === undefined || !repeatable || !this.goesWrong(this.repeats, stage.rates.repeat)) return input
    this.wrong("repeat", `repeat: ${item.tag}`)
    return undefined
  }

  private timeOut(item: Item<Input>): void {
    const word = this.timeOuts.word()
    const fate = word % (item.task.remote ? 3 : 2)
    const how = fate === 0 ? "not done" : fate === 1 ? "done" : "done later"
    this.wrong("time out", `time out, ${how}: ${item.tag}`)
    if (fate === 1) this.finish(item)
    else if (fate === 2) this.detach(item, word)
  }

  /** Does all parts of a task at once. */
  private finish({ label, tag, task }: Item<Input>): void {
    for (let left = eventsAtOnce; task.act() === undefined; left--) {
      if (left > 0) continue
      const what = `A task of node ${this.host.name} has more than ${eventsAtOnce} parts: ${label === "" ? tag : label}.`
      throw new Violation({ invariant: "livelock", what })
    }
  }

  /** Lets a task have its effect some time later, with nobody to hear of it. */
  private detach(item: Item<Input>, word: number): void {
    this.engine.underWay++
    this.scheduleLate({ item, word })
  }

  private scheduleLate(late: Late<Input>): void {
    const { engine, host, stage } = this
    const { meanMs, minMs } = stage.rates
    const took = minMs + exponential(late.word, 10 * meanMs + 10)
    engine.queue.push(engine.key(engine.now + took, late.word), host.index, 0, happens.detached, late)
  }

  private scheduleEffect(line: Line<Input>): void {
    this.engine.queue.push(this.keyAfter(), this.host.index, this.host.lifeNumber(), happens.effect, line)
  }

  /** A key some time from now. */
  private keyAfter(): number {
    const { engine, stage } = this
    const { meanMs, minMs, slow, slowMs } = stage.rates
    const word = this.random.below(words)
    let took = minMs + exponential(word, meanMs)
    if (this.goesWrong(this.slows, slow)) {
      engine.count("slow")
      took += 1 + exponential(this.slows.word(), slowMs)
    }
    return engine.key(engine.now + took, word)
  }

  private lineOf(resource: string | undefined): Line<Input> {
    const known = resource === undefined ? undefined : this.named.get(resource)
    if (known !== undefined) return known
    const made: Line<Input> = { lane: this.stage.lane(), items: [], lastKey: 0 }
    if (resource === undefined) this.single.add(made)
    else this.named.set(resource, made)
    return made
  }

  private goesWrong(chance: Chance, percent: number): boolean {
    return chance.happens(this.engine.settling ? 0 : percent)
  }

  private wrong(mark: string, what: string): void {
    this.engine.count(mark)
    this.engine.record(this.host.index, "fault", what)
  }
}
