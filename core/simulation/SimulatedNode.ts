import type { Chance } from "./Chance.ts"
import { digestOf } from "./DigestOf.ts"
import { type Engine, eventsAtOnce, type Receiver } from "./Engine.ts"
import { noLane, timeOf } from "./EventQueue.ts"
import { fnvNumber } from "./Fnv.ts"
import { happens, steps } from "./Kinds.ts"
import { tagOf } from "./Label.ts"
import type { Meaning } from "./Meaning.ts"
import type { Life, Node, NodeOptions } from "./Node.ts"
import type { Network } from "./Network.ts"
import { NodeClock } from "./NodeClock.ts"
import { exponential } from "./Prng.ts"
import { healsNow } from "./Stage.ts"
import type { Stage } from "./Stage.ts"
import { Tasks } from "./Tasks.ts"
import type { Host } from "./Tasks.ts"
import type { TraceKind } from "./TraceEvent.ts"
import { Violation } from "./Violation.ts"

/** What a node waits for while it is paused. */
interface Deferred {
  readonly kind: number
  readonly life: number
  readonly from: number
  readonly message: number
  readonly payload: unknown
}

/** A fault that lies in wait: for the `left`-th effect or output of the node from now on. */
interface Trap {
  readonly when: "effect" | "output"
  left: number
  readonly spring: () => void
}

const isOne = <Input>(meaning: Meaning<Input> | ReadonlyArray<Meaning<Input>>): meaning is Meaning<Input> =>
  !Array.isArray(meaning)

/** See {@link Node}. */
export class SimulatedNode<State, Input, Output, Message> implements Node<State, Input>, Receiver, Host {
  readonly name: string
  readonly index: number
  readonly clock = new NodeClock()
  private readonly options: NodeOptions<State, Input, Output, Message>
  private readonly stage: Stage
  private readonly engine: Engine
  private readonly network: Network
  private readonly tasks: Tasks<Input>
  private readonly inbox: Array<Input> = []
  private readonly deferred: Array<Deferred> = []
  private readonly crashes: Chance
  private readonly timerLane: number
  private traps: Array<Trap> = []
  private body: Life<State, Input, Output, Message> | undefined
  private label: ((one: Input | Output | Message) => string) | undefined
  private current: State | undefined
  private life = 0
  private stopped = false
  private stepping = false
  private pauses = 0
  private lastTick = -1
  private timerAt = Infinity
  private queuedTimer = Infinity

  constructor(options: NodeOptions<State, Input, Output, Message>, stage: Stage) {
    const { engine, network } = stage
    this.engine = engine
    this.network = network
    this.name = options.name
    this.options = options
    this.stage = stage
    this.index = engine.enter(options.name, this)
    this.crashes = engine.chance(`crash ${options.name}`)
    this.tasks = new Tasks(this, stage)
    this.timerLane = stage.lane()
    this.boot()
  }

  alive(): boolean {
    return this.body !== undefined
  }

  state(): State {
    return this.current as State
  }

  now(): number {
    return this.clock.at(this.engine.now)
  }

  feed(input: Input): void {
    if (this.body === undefined) return
    if (this.stepping || this.pauses > 0) this.inbox.push(input)
    else this.turn(input)
  }

  crash(power = false): void {
    if (this.body === undefined) return
    this.record("crash", power ? "power" : "crash")
    this.end()
    if (this.options.restarts === false) this.stopped = true
    this.stage.crashed(this.name, power)
    this.options.crashed?.(power)
  }

  stop(): void {
    this.stopped = true
    if (this.body === undefined) return
    this.record("note", "stop")
    this.end()
  }

  restart(): void {
    this.stopped = false
    if (this.body === undefined) this.boot()
  }

  /** Begins again after so long, unless it has begun before or is not to. */
  restartIn(ms: number): void {
    const { engine } = this
    if (this.body !== undefined || this.stopped) return
    engine.queue.push(engine.key(engine.now + ms, 0), this.index, this.life, happens.restart, undefined)
  }

  pause(): void {
    this.pauses++
  }

  /** What waited happens now, in its order. */
  resume(): void {
    const { engine } = this
    if (this.pauses === 0 || --this.pauses > 0) return
    const key = engine.key(engine.now, 0)
    for (const one of this.deferred.splice(0)) {
      engine.queue.push(key, this.index, one.life, one.kind, one.payload, noLane, one.from, one.message)
    }
    this.wake(engine.now)
  }

  /** Lets `spring` happen at the `nth` (from 1) effect or output from now on. */
  trap(when: "effect" | "output", nth: number, spring: () => void): void {
    this.traps.push({ when, left: nth, spring })
  }

  /** Lets its clock gain so many milliseconds in a thousand. */
  drift(perMille: number): void {
    this.clock.drift(this.engine.now, perMille)
    this.rearm()
  }

  /** Its clock is another: what it waits for comes at another time; the turn that takes what it was given does it, too. */
  rearm(): void {
    if (this.body !== undefined && !this.stepping && this.lastTick >= 0 && this.inbox.length === 0) this.arm()
  }

  /** Ends every fault of the node itself. */
  heal(): void {
    this.traps = []
    this.drift(0)
    if (this.pauses > 0) {
      this.pauses = 1
      this.resume()
    }
    if (!this.stopped) this.restart()
  }

  lifeNumber(): number {
    return this.life
  }

  crashesHere(): boolean {
    const { engine } = this
    const { rates } = this.stage
    if (this.options.crashes === false) return false
    if (!this.crashes.happens(engine.settling ? 0 : rates.crash)) return false
    engine.count("crash")
    this.crash()
    this.restartIn(1 + exponential(this.crashes.word(), rates.downMs))
    return true
  }

  awaits(kind: number, life: number, key: number): boolean {
    if (kind === happens.deliver || kind === happens.detached) return true
    return life === this.life && (kind !== happens.timer || timeOf(key) === this.timerAt)
  }

  digest(): number {
    const mixed = fnvNumber(this.index, this.body === undefined ? 0 : 1)
    if (this.body === undefined) return mixed
    const { digest } = this.body
    const state = this.current as State
    return fnvNumber(fnvNumber(mixed, digest === undefined ? digestOf(state) : digest(state)), this.tasks.digest())
  }

  nameOf(one: unknown): string {
    return this.label === undefined ? tagOf(one) : this.label(one as Input | Output | Message)
  }

  /** What an event brings, for telling states apart. */
  content(kind: number, payload: unknown): unknown {
    return kind === happens.deliver || kind === happens.answer ? payload : undefined
  }

  happen(kind: number, life: number, from: number, message: number, payload: unknown): void {
    const { engine, network } = this
    if (kind === happens.deliver) {
      if (this.pauses > 0) this.defer(kind, life, from, message, payload)
      else if (network.arrives(from, this.index, payload, message)) this.deliver(from, message, payload as Message)
      return
    }
    if (kind === happens.detached) return this.tasks.lateEffect(payload)
    if (life !== this.life) return
    if (kind === happens.restart) {
      if (healsNow(this.stage, this.name)) this.restart()
      return
    }
    if (this.pauses > 0) return this.defer(kind, life, from, message, payload)
    switch (kind) {
      case happens.timer:
        if (timeOf(engine.queue.key) !== this.queuedTimer) return
        this.queuedTimer = Infinity
        if (this.timerAt > engine.now) return this.wake(this.timerAt)
        engine.events++
        return this.turn(undefined)
      case happens.effect:
        engine.events++
        return this.tasks.effect(payload)
      case happens.answer:
        engine.events++
        return this.turn(payload as Input)
    }
  }

  private record(kind: TraceKind, what: string): void {
    this.engine.record(this.index, kind, what)
  }

  private defer(kind: number, life: number, from: number, message: number, payload: unknown): void {
    // Its timer is wound up again when it goes on.
    if (kind === happens.timer) this.queuedTimer = Infinity
    else this.deferred.push({ kind, life, from, message, payload })
  }

  private boot(): void {
    const { engine } = this
    this.life++
    this.stepping = false
    this.inbox.length = 0
    this.lastTick = -1
    this.timerAt = Infinity
    this.queuedTimer = Infinity
    const life = this.options.boot(this)
    this.body = life
    this.label = life.label
    this.current = life.state
    this.record("start", "start")
    this.wake(engine.now)
  }

  private end(): void {
    this.life++
    this.body = undefined
    this.stepping = false
    this.inbox.length = 0
    this.traps = []
    this.tasks.end()
  }

  private deliver(from: number, id: number, message: Message): void {
    const { engine, network } = this
    engine.events++
    const received = this.body?.received
    if (received === undefined) return network.drop(from, this.index, message, id)
    const sender = engine.names[from] as string
    engine.watch?.({
      at: engine.now,
      node: this.name,
      kind: "deliver",
      what: this.nameOf(message),
      message: id,
      from: sender
    })
    this.feed(received(sender, message))
  }

  /** Tells the time where it has moved, then steps through the input and all that wait. */
  private turn(input: Input | undefined): void {
    const { body, inbox, life } = this
    if (body === undefined) return
    const now = this.clock.at(this.engine.now)
    this.stepping = true
    if (now !== this.lastTick) {
      this.lastTick = now
      this.step(body, body.tick(now))
    }
    if (input !== undefined && this.life === life) this.step(body, input)
    for (let left = eventsAtOnce; inbox.length > 0 && this.life === life; left--) {
      if (left === 0) this.neverEnds()
      this.step(body, inbox.shift() as Input)
    }
    if (this.life !== life) return
    this.stepping = false
    this.arm()
  }

  private neverEnds(): never {
    const what = `Node ${this.name} feeds itself more than ${eventsAtOnce} inputs in one event.`
    throw new Violation({ invariant: "livelock", what })
  }

  private step(body: Life<State, Input, Output, Message>, input: Input): void {
    const { engine } = this
    const { life } = this
    engine.mix(this.index, steps.input, tagOf(input), body.inputDigest === undefined ? 0 : body.inputDigest(input))
    const transition =
      engine.watch === undefined ? body.machine.step(this.current as State, input) : this.watchedStep(body, input)
    // By index: taking an array apart goes through an iterator.
    const next = transition[0]
    const outputs = transition[1]
    this.current = next
    if (body.stepped !== undefined) body.stepped(next, input)
    for (let at = 0; at < outputs.length; at++) {
      this.put(body, outputs[at] as Output)
      if (this.life !== life) return
    }
  }

  private watchedStep(
    body: Life<State, Input, Output, Message>,
    input: Input
  ): readonly [State, ReadonlyArray<Output>] {
    const { engine } = this
    const seen = { at: engine.now, node: this.name, kind: "input" as const, what: this.nameOf(input) }
    try {
      const transition = body.machine.step(this.current as State, input)
      engine.watch?.({ ...seen, status: body.status?.(transition[0]) })
      return transition
    } catch (error) {
      engine.watch?.(seen)
      throw error
    }
  }

  private put(body: Life<State, Input, Output, Message>, output: Output): void {
    const { engine } = this
    if (this.springs("output") || this.crashesHere()) return
    engine.watch?.({ at: engine.now, node: this.name, kind: "output", what: this.nameOf(output) })
    const meaning = body.perform(output)
    if (isOne(meaning)) return this.carryOut(body, output, meaning)
    for (const one of meaning) if (this.body === body) this.carryOut(body, output, one)
  }

  private carryOut(body: Life<State, Input, Output, Message>, output: Output, meaning: Meaning<Input>): void {
    const { engine } = this
    // What is sent is mixed in as a message.
    if (meaning._tag !== "Send") engine.mix(this.index, steps.output, tagOf(output), 0)
    switch (meaning._tag) {
      case "Answer":
        return meaning.run()
      case "Send":
        return this.send(meaning.to, meaning.message as Message)
      case "Task":
        if (this.body !== body) return
        return this.tasks.start(meaning, tagOf(output), engine.watch === undefined ? "" : this.nameOf(output))
      case "Nothing":
        return
    }
  }

  private send(to: string, message: Message): void {
    const { engine, network } = this
    const { codec } = this.options
    const sent = engine.encoded && codec !== undefined ? codec.decode(codec.encode(message)) : message
    network.send(this.index, this.stage.nodeCalled(to), sent)
  }

  springs(when: "effect" | "output"): boolean {
    if (this.traps.length === 0) return false
    const { life } = this
    for (const trap of [...this.traps]) {
      if (trap.when !== when || --trap.left > 0) continue
      this.traps = this.traps.filter((one) => one !== trap)
      trap.spring()
    }
    return this.life !== life
  }

  /** A clock that is looked at once a millisecond: what was due at the last tick is due again only after it. */
  private arm(): void {
    const at = this.body?.machine.wakeAt(this.current as State)
    if (at === undefined || at === Infinity) {
      this.timerAt = Infinity
      return
    }
    this.wake(this.clock.when(at <= this.lastTick ? this.lastTick + 1 : at))
  }

  private wake(at: number): void {
    const { engine } = this
    this.timerAt = at
    if (at === Infinity || (engine.chosen ? at === this.queuedTimer : at >= this.queuedTimer)) return
    this.queuedTimer = at
    engine.queue.push(
      engine.key(at, Math.imul(at, 0x9e3779b1) >>> (8 + (this.index & 7))),
      this.index,
      this.life,
      happens.timer,
      undefined,
      this.timerLane
    )
  }
}
