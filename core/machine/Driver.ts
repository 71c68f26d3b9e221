import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Queue from "effect/Queue"
import * as Scope from "effect/Scope"
import type { Machine } from "./Machine.ts"

/** What an output means: an answer, handed over at once by a function that only completes somebody's wait. */
export interface Answer {
  readonly _tag: "Answer"
  readonly run: () => void
}

/**
 * What an output means: a request to the outside world, which ends with exactly one input.
 *
 * **Details**
 *
 * Requests with the same `resource` are started one after the other, in the order of the outputs; `undefined` overlaps
 * with everything. When `run` has not ended after `deadlineMs` milliseconds it is interrupted and what `timedOut` makes is fed
 * instead: the outcome is then unknown. `run` turns its own failures into inputs; a defect in it stops the driver.
 */
export interface Request<Input> {
  readonly _tag: "Request"
  readonly resource: string | undefined
  readonly run: Effect.Effect<Input>
  readonly deadlineMs: number
  readonly timedOut: () => Input
}

/** Makes an {@link Answer}. */
export const answer = (run: () => void): Answer => ({ _tag: "Answer", run })

/** Makes a {@link Request}. */
export const request = <Input>(
  resource: string | undefined,
  deadlineMs: number,
  run: Effect.Effect<Input>,
  timedOut: () => Input
): Request<Input> => ({ _tag: "Request", resource, run, deadlineMs, timedOut })

/**
 * What a driver needs.
 *
 * **Details**
 *
 * `tick` makes the input that tells the time (milliseconds since the epoch); it is fed before other inputs whenever the
 * clock has moved. `capacity` bounds the offered inputs that wait to be stepped (1024). `record` sees every input in the
 * order in which it is stepped: feeding a recording to the same machine from the same state gives the same outputs.
 */
export interface DriverOptions<State, Input, Output> {
  readonly machine: Machine<State, Input, Output>
  readonly state: State
  readonly tick: (now: number) => Input
  readonly perform: (output: Output) => Answer | Request<Input>
  readonly capacity?: number
  readonly record?: (input: Input) => void
}

/**
 * A running machine.
 *
 * **Details**
 *
 * `offer` waits while `capacity` inputs are waiting, and is interrupted when the scope closes meanwhile. `state` looks at the current state. `join` never succeeds: it fails
 * with the defect that stopped the driver, so that whoever waits for an answer can race with it.
 */
export interface Driver<State, Input> {
  readonly offer: (input: Input) => Effect.Effect<void>
  readonly state: () => State
  readonly join: Effect.Effect<never>
}

interface Item<Input> {
  readonly input: Input | undefined
  readonly offered: boolean
}

/** An input that waits for room, and its offerer. */
interface Offer<Input> {
  readonly input: Input
  readonly resume: (effect: Effect.Effect<void>) => void
}

/**
 * Runs a machine until the scope closes: the one driver of this package.
 *
 * **Details**
 *
 * It steps through all inputs that wait before it starts their outputs, so that writes to one file share one sync; it
 * starts outputs in order and waits for none. Requests that are under way when the scope closes are interrupted;
 * finalizers that were added after the driver still find it running.
 */
export const drive = <State, Input, Output>(
  options: DriverOptions<State, Input, Output>
): Effect.Effect<Driver<State, Input>, never, Scope.Scope> =>
  Effect.gen(function* () {
    const { machine, perform, record, tick } = options
    // A scope of its own is open until its turn to close: finalizers that come after the driver can still use it.
    const scope = yield* Scope.fork(yield* Effect.scope)
    const inbox = yield* Queue.unbounded<Item<Input>>()
    const offers = new Set<Offer<Input>>()
    const crashed = Deferred.makeUnsafe<never>()
    const waiting = new Map<string, Array<Request<Input>>>()
    let room = options.capacity ?? 1024
    let state = options.state
    let lastTick = -1
    let armed = Infinity
    let timer: Fiber.Fiber<void> | undefined

    const crash: (cause: Cause.Cause<never>) => Effect.Effect<void> = (cause: Cause.Cause<never>) =>
      Effect.sync(() => Deferred.doneUnsafe(crashed, Effect.failCause(cause)))
    const complete = (input: Input) => Queue.offerUnsafe(inbox, { input, offered: false })

    const enter = (input: Input) => {
      room--
      Queue.offerUnsafe(inbox, { input, offered: true })
    }
    /** Makes room for those who wait; an offer is either inside, or waits, or is given up, and never half of each. */
    const release = (count: number) => {
      room += count
      for (const one of offers) {
        if (room <= 0) return
        offers.delete(one)
        enter(one.input)
        one.resume(Effect.void)
      }
    }
    yield* Scope.addFinalizer(
      scope,
      Effect.sync(() => {
        for (const one of offers) one.resume(Effect.interrupt)
        offers.clear()
      })
    )
    const offer = (input: Input): Effect.Effect<void> =>
      Effect.callback<void>((resume) => {
        if (room > 0) {
          enter(input)
          return resume(Effect.void)
        }
        const one = { input, resume }
        offers.add(one)
        return Effect.sync(() => offers.delete(one))
      })

    const runOne = (item: Request<Input>) =>
      Effect.timeoutOption(item.run, item.deadlineMs).pipe(
        Effect.map((ended) => complete(Option.isSome(ended) ? ended.value : item.timedOut()))
      )

    /** Runs the requests of one resource until none waits. */
    const work = Effect.fnUntraced(function* (resource: string, first: Request<Input>) {
      let next: Request<Input> | undefined = first
      while (next !== undefined) {
        yield* runOne(next)
        const line: Array<Request<Input>> | undefined = waiting.get(resource)
        next = line?.shift()
      }
      waiting.delete(resource)
    })

    const start = (item: Request<Input>): Effect.Effect<void> => {
      const { resource } = item
      if (resource !== undefined) {
        const line = waiting.get(resource)
        if (line !== undefined) {
          line.push(item)
          return Effect.void
        }
        waiting.set(resource, [])
      }
      const running = resource === undefined ? runOne(item) : work(resource, item)
      return running.pipe(Effect.catchCause(crashUnlessInterrupted), Effect.forkIn(scope), Effect.asVoid)
    }

    const crashUnlessInterrupted = (cause: Cause.Cause<never>) =>
      Cause.hasInterruptsOnly(cause) ? Effect.failCause(cause) : crash(cause)

    const feed = (input: Input, outputs: Array<Output>) => {
      record?.(input)
      const [next, more] = machine.step(state, input)
      state = next
      for (const output of more) outputs.push(output)
    }

    /** Sees to it that the driver wakes no later than the machine asks for. */
    const arm = (now: number): Effect.Effect<void> => {
      const at = machine.wakeAt(state)
      if (at === undefined || at >= armed) return Effect.void
      armed = at
      const old = timer
      return Effect.sleep(Math.max(0, at - now)).pipe(
        Effect.andThen(
          Effect.sync(() => {
            armed = Infinity
            Queue.offerUnsafe(inbox, { input: undefined, offered: false })
          })
        ),
        Effect.forkIn(scope),
        Effect.map((fiber) => {
          timer = fiber
        }),
        Effect.andThen(old === undefined ? Effect.void : Fiber.interrupt(old))
      )
    }

    const turn = Effect.fnUntraced(function* (items: ReadonlyArray<Item<Input>>) {
      const now = yield* Clock.currentTimeMillis
      const outputs: Array<Output> = []
      if (now !== lastTick) {
        lastTick = now
        feed(tick(now), outputs)
      }
      let offered = 0
      for (const item of items) {
        if (item.offered) offered++
        if (item.input !== undefined) feed(item.input, outputs)
      }
      release(offered)
      for (const output of outputs) {
        const meaning = perform(output)
        if (meaning._tag === "Answer") meaning.run()
        else yield* start(meaning)
      }
      yield* arm(now)
    })

    yield* turn([]).pipe(
      Effect.andThen(Effect.forever(Effect.flatMap(Queue.takeAll(inbox), turn))),
      Effect.raceFirst(Deferred.await(crashed)),
      Effect.catchCause(crashUnlessInterrupted),
      Effect.forkIn(scope)
    )
    return {
      offer,
      state: () => state,
      join: Deferred.await(crashed)
    }
  })
