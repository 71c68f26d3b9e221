import { beforeAll, describe, expect, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/testing/TestClock"
import { answer, drive, request } from "../../../core/machine/index.ts"
import type { Answer, DriverOptions, Machine, Request } from "../../../core/machine/index.ts"
import { makePrng } from "../../../core/simulation/index.ts"
import { SeededScheduler } from "./SeededScheduler.ts"

/** An input brings its own outputs, and an output its own meaning, so that a test says all in one place. */
type Input =
  | { readonly _tag: "Tick"; readonly now: number }
  | { readonly _tag: "Do"; readonly name: string; readonly outputs: ReadonlyArray<Output> }
  | { readonly _tag: "Done"; readonly name: string }
  | { readonly _tag: "Late"; readonly name: string }
type Output = Answer | Request<Input>
type State = ReadonlyArray<string>

const nameOf = (input: Input): string => (input._tag === "Tick" ? `Tick ${input.now}` : `${input._tag} ${input.name}`)

/** Remembers its inputs. */
const memory: Machine<State, Input, Output> = {
  step: (state, input) => [[...state, nameOf(input)], input._tag === "Do" ? input.outputs : []],
  wakeAt: () => undefined
}

const options: DriverOptions<State, Input, Output> = {
  machine: memory,
  state: [],
  tick: (now) => ({ _tag: "Tick", now }),
  perform: (output) => output
}

const does = (name: string, ...outputs: ReadonlyArray<Output>): Input => ({ _tag: "Do", name, outputs })

const asks = (name: string, resource: string | undefined, run: Effect.Effect<unknown>, deadlineMs = 1000): Output =>
  request<Input>(resource, deadlineMs, Effect.as(run, { _tag: "Done", name }), () => ({ _tag: "Late", name }))

/** Lets every fiber go on until it waits. */
const settle = TestClock.adjust(0)

describe("a driver", () => {
  it.effect("steps all inputs that wait before it starts their outputs", () =>
    Effect.gen(function* () {
      const trace: Array<string> = []
      const driver = yield* drive({ ...options, record: (input) => trace.push(nameOf(input)) })
      for (const name of ["a", "b", "c"])
        yield* driver.offer(
          does(
            name,
            answer(() => trace.push(`answer ${name}`))
          )
        )
      yield* settle
      expect(trace).toEqual(["Tick 0", "Do a", "Do b", "Do c", "answer a", "answer b", "answer c"])
    })
  )

  it.effect("starts requests to one resource one after the other, in the order of the outputs", () =>
    Effect.gen(function* () {
      const trace: Array<string> = []
      const gates = { a: yield* Deferred.make<void>(), b: yield* Deferred.make<void>() }
      const ask = (name: "a" | "b", resource: string) =>
        asks(
          name,
          resource,
          Effect.andThen(
            Effect.sync(() => trace.push(name)),
            Deferred.await(gates[name])
          )
        )
      const driver = yield* drive(options)
      yield* driver.offer(does("both", ask("a", "file"), ask("b", "file")))
      yield* settle
      expect(trace).toEqual(["a"])
      yield* Deferred.succeed(gates.b, undefined)
      yield* Deferred.succeed(gates.a, undefined)
      yield* settle
      expect(trace).toEqual(["a", "b"])
      expect(driver.state().slice(-2)).toEqual(["Done a", "Done b"])
    })
  )

  it.effect("takes up a resource again after its last request has ended", () =>
    Effect.gen(function* () {
      const driver = yield* drive(options)
      for (const name of ["a", "b", "c"]) {
        yield* driver.offer(does(name, asks(name, "file", Effect.void)))
        yield* settle
      }
      expect(driver.state().filter((name) => name.startsWith("Done"))).toEqual(["Done a", "Done b", "Done c"])
    })
  )

  it.effect("lets requests to different resources, and to none, overlap", () =>
    Effect.gen(function* () {
      const started: Array<string> = []
      const driver = yield* drive(options)
      const ask = (name: string, resource: string | undefined) =>
        asks(
          name,
          resource,
          Effect.andThen(
            Effect.sync(() => started.push(name)),
            Effect.never
          )
        )
      yield* driver.offer(does("all", ask("a", "one"), ask("b", "two"), ask("c", undefined), ask("d", undefined)))
      yield* settle
      expect(started).toEqual(["a", "b", "c", "d"])
    })
  )

  it.effect("interrupts a request at its deadline, and feeds its timedOut alone", () =>
    Effect.gen(function* () {
      let interrupted = false
      const run = Effect.onInterrupt(Effect.sleep(2000), () => Effect.sync(() => (interrupted = true)))
      const driver = yield* drive(options)
      yield* driver.offer(does("slow", asks("slow", undefined, run, 1000)))
      yield* settle
      yield* TestClock.adjust(999)
      expect(driver.state()).not.toContain("Late slow")
      yield* TestClock.adjust(1)
      expect(interrupted).toBe(true)
      yield* TestClock.adjust(5000)
      expect(driver.state().filter((name) => name.endsWith("slow"))).toEqual(["Do slow", "Late slow"])
    })
  )

  it.effect("goes on with the next request to a resource after a deadline", () =>
    Effect.gen(function* () {
      const driver = yield* drive(options)
      yield* driver.offer(does("two", asks("a", "file", Effect.never, 100), asks("b", "file", Effect.void, 100)))
      yield* settle
      yield* TestClock.adjust(100)
      expect(driver.state().slice(-2)).toEqual(["Late a", "Done b"])
    })
  )

  it.effect("tells the time before other inputs whenever the clock has moved, and only then", () =>
    Effect.gen(function* () {
      const driver = yield* drive(options)
      yield* driver.offer(does("a"))
      yield* settle
      yield* driver.offer(does("b"))
      yield* settle
      yield* TestClock.adjust(10)
      yield* driver.offer(does("c"))
      yield* settle
      expect(driver.state()).toEqual(["Tick 0", "Do a", "Do b", "Tick 10", "Do c"])
    })
  )

  it.effect("wakes when the machine asks to be woken, and not before", () =>
    Effect.gen(function* () {
      const wakeAt = (state: State) => (state.some((name) => name === "Tick 500") ? undefined : 500)
      const driver = yield* drive({ ...options, machine: { ...memory, wakeAt } })
      yield* settle
      yield* TestClock.adjust(499)
      expect(driver.state()).toEqual(["Tick 0"])
      yield* TestClock.adjust(1)
      expect(driver.state()).toEqual(["Tick 0", "Tick 500"])
      yield* TestClock.adjust(10_000)
      expect(driver.state()).toHaveLength(2)
    })
  )

  it.effect("wakes earlier when the machine comes to ask for that", () =>
    Effect.gen(function* () {
      const wakeAt = (state: State) => (state.includes("Tick 100") ? undefined : state.includes("Do hurry") ? 100 : 500)
      const driver = yield* drive({ ...options, machine: { ...memory, wakeAt } })
      yield* settle
      yield* driver.offer(does("hurry"))
      yield* settle
      yield* TestClock.adjust(100)
      expect(driver.state()).toEqual(["Tick 0", "Do hurry", "Tick 100"])
    })
  )

  it.effect("lets offer wait while as many inputs wait as its capacity", () =>
    Effect.gen(function* () {
      const turns: Array<number> = []
      let stepped = 0
      const turn = answer(() => {
        if (stepped > 0) turns.push(stepped)
        stepped = 0
      })
      const driver = yield* drive({
        ...options,
        capacity: 2,
        record: (input) => (stepped += input._tag === "Do" ? 1 : 0)
      })
      for (let at = 0; at < 5; at++) yield* driver.offer(does(`${at}`, turn))
      yield* settle
      expect(turns).toEqual([2, 2, 1])
    })
  )

  it.effect("takes what its requests answer whether or not there is room for offers", () =>
    Effect.gen(function* () {
      const driver = yield* drive({ ...options, capacity: 1 })
      yield* driver.offer(does("many", ...Array.from({ length: 20 }, (_, at) => asks(`${at}`, undefined, Effect.void))))
      yield* settle
      expect(driver.state().filter((name) => name.startsWith("Done"))).toHaveLength(20)
    })
  )

  it.effect("interrupts offers that wait for room when its scope closes", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const driver = yield* Scope.provide(drive({ ...options, capacity: 1 }), scope)
      const offers = yield* Effect.forEach(["a", "b", "c"], (name) => Effect.forkChild(driver.offer(does(name))))
      yield* Effect.yieldNow
      yield* Scope.close(scope, Exit.void)
      const exits = yield* Effect.forEach(offers, Fiber.await).pipe(Effect.timeout(60_000), TestClock.withLive)
      expect(exits.filter(Exit.isFailure).every((exit) => Exit.hasInterrupts(exit))).toBe(true)
      expect(exits).toHaveLength(3)
    })
  )

  it.effect("still carries out requests for finalizers that were added after it", () =>
    Effect.gen(function* () {
      const trace: Array<string> = []
      const saved = Deferred.makeUnsafe<void>()
      yield* Effect.scoped(
        Effect.gen(function* () {
          const driver = yield* drive({ ...options, record: (input) => trace.push(nameOf(input)) })
          const last = does("save", asks("saved", "disk", Deferred.succeed(saved, undefined)))
          yield* Effect.addFinalizer(() => Effect.andThen(driver.offer(last), Deferred.await(saved)))
        })
      )
      expect(trace).toContain("Do save")
    }).pipe(Effect.timeout(60_000), TestClock.withLive)
  )

  it.effect("interrupts what is under way when its scope closes, and starts nothing more", () =>
    Effect.gen(function* () {
      const trace: Array<string> = []
      const scope = yield* Scope.make()
      const driver = yield* Scope.provide(drive(options), scope)
      const run = (name: string) =>
        Effect.onInterrupt(
          Effect.andThen(
            Effect.sync(() => trace.push(name)),
            Effect.never
          ),
          () => Effect.sync(() => trace.push(`${name} interrupted`))
        )
      yield* driver.offer(
        does("all", asks("a", "file", run("a")), asks("b", "file", run("b")), asks("c", undefined, run("c")))
      )
      yield* settle
      yield* Scope.close(scope, Exit.void)
      expect(trace.toSorted()).toEqual(["a", "a interrupted", "c", "c interrupted"])
      expect(driver.state()).toEqual(["Tick 0", "Do all"])
    })
  )

  const defect = new Error("a defect")

  it.effect("fails join with a defect in a step", () =>
    Effect.gen(function* () {
      const step: typeof memory.step = (state, input) => {
        if (input._tag === "Do") throw defect
        return memory.step(state, input)
      }
      const driver = yield* drive({ ...options, machine: { ...memory, step } })
      yield* driver.offer(does("a"))
      expect(yield* Effect.exit(driver.join)).toEqual(Exit.die(defect))
    })
  )

  it.effect("fails join with a defect in a request, and steps nothing more", () =>
    Effect.gen(function* () {
      const driver = yield* drive(options)
      yield* driver.offer(does("a", asks("a", "file", Effect.die(defect))))
      expect(yield* Effect.exit(driver.join)).toEqual(Exit.die(defect))
      yield* settle
      yield* driver.offer(does("b"))
      yield* settle
      expect(driver.state()).toEqual(["Tick 0", "Do a"])
    })
  )

  it.effect("fails join with a defect in the meaning of an output", () =>
    Effect.gen(function* () {
      const perform = () => {
        throw defect
      }
      const driver = yield* drive({ ...options, perform })
      yield* driver.offer(
        does(
          "a",
          answer(() => {})
        )
      )
      expect(yield* Effect.exit(driver.join)).toEqual(Exit.die(defect))
    })
  )

  it.effect("records its inputs so that the machine gives the same outputs again", () =>
    Effect.gen(function* () {
      /** Doubles what it is told, asks for it with a delay, and gives out every answer. */
      type In = { readonly tick: number } | { readonly ask: number } | { readonly got: number }
      type Out = { readonly wait: number } | { readonly told: number }
      const doubling: Machine<number, In, Out> = {
        step: (sum, input) =>
          "ask" in input
            ? [sum + input.ask, [{ wait: sum + input.ask }]]
            : "got" in input
              ? [sum, [{ told: input.got + sum }]]
              : [sum + (input.tick % 7), []],
        wakeAt: () => undefined
      }
      const recording: Array<In> = []
      const outputs: Array<Out> = []
      const driver = yield* drive<number, In, Out>({
        machine: doubling,
        state: 0,
        tick: (tick) => ({ tick }),
        record: (input) => recording.push(input),
        perform: (output) => {
          outputs.push(output)
          if ("told" in output) return answer(() => {})
          const got = { got: output.wait }
          return request<In>(undefined, 1000, Effect.as(Effect.sleep(output.wait % 13), got), () => got)
        }
      })
      for (let ask = 1; ask <= 20; ask++) {
        yield* driver.offer({ ask })
        yield* TestClock.adjust(ask % 3)
      }
      yield* TestClock.adjust(1000)
      expect(outputs).toHaveLength(40)
      let state = 0
      const again: Array<Out> = []
      for (const input of recording) {
        const [next, more] = doubling.step(state, input)
        state = next
        again.push(...more)
      }
      expect(again).toEqual(outputs)
      expect(state).toBe(driver.state())
    })
  )
})

describe("under every order in which fibers may run", () => {
  const producers = 4
  const each = 6

  /** Producers offer, some are interrupted; every request answers once. Tells what went wrong, if anything did. */
  const run = (seed: number) => {
    const random = makePrng(seed)
    const program = Effect.gen(function* () {
      const driver = yield* drive({ ...options, capacity: 1 })
      const offered = Array.from({ length: producers }, (): Array<string> => [])
      const produce = (producer: number) =>
        Effect.gen(function* () {
          for (let at = 0; at < each; at++) {
            const name = `${producer}.${at}`
            const resource = random.pick([undefined, "one", "two"])
            yield* driver.offer(does(name, asks(name, resource, random.chance(50) ? Effect.yieldNow : Effect.void)))
            offered[producer]?.push(name)
          }
        })
      const fibers = yield* Effect.forEach(
        Array.from({ length: producers }, (_, at) => at),
        (at) => Effect.forkChild(produce(at))
      )
      const victim = random.pick(fibers)
      for (let wait = random.below(30); wait > 0; wait--) yield* Effect.yieldNow
      yield* Fiber.interrupt(victim)
      for (const fiber of fibers) yield* Fiber.await(fiber)
      for (const name of ["x", "y", "z"]) {
        yield* Effect.timeoutOrElse(driver.offer(does(name)), {
          duration: 60_000,
          orElse: () => Effect.die(new Error(`There is no room left with seed ${seed}.`))
        })
      }
      const isSettled = () => {
        const state = driver.state()
        const done = state.filter((name) => name.startsWith("Done")).length
        return (
          state.includes("Do z") && done === state.filter((name) => name.startsWith("Do ") && name.includes(".")).length
        )
      }
      for (let turn = 0; turn < 2000 && !isSettled(); turn++) yield* Effect.yieldNow
      const state = driver.state()
      const stepped = state.filter((name) => name.startsWith("Do ")).map((name) => name.slice(3))
      const done = state.filter((name) => name.startsWith("Done ")).map((name) => name.slice(5))
      const perProducer = offered.map((_, at) => stepped.filter((name) => name.startsWith(`${at}.`)))
      return { seed, offered, perProducer, stepped, done }
    })
    return Effect.runPromise(Effect.scoped(program), { scheduler: new SeededScheduler(random) })
  }

  const runs: Array<Awaited<ReturnType<typeof run>>> = []
  beforeAll(async () => {
    for (let seed = 1; seed <= 500; seed++) runs.push(await run(seed))
  })

  it("no input is lost, doubled or overtaken by a later one of the same fiber", () => {
    for (const { seed, perProducer } of runs) {
      for (const [at, names] of perProducer.entries()) {
        expect({ seed, names }).toEqual({ seed, names: names.map((_, index) => `${at}.${index}`) })
      }
    }
  })

  it("what was offered is stepped, also where another offer is interrupted", () => {
    for (const { offered, perProducer, seed } of runs) {
      for (const [at, names] of offered.entries()) {
        expect({ seed, names: perProducer[at]?.slice(0, names.length) }).toEqual({ seed, names })
      }
    }
  })

  it("every request is answered once", () => {
    for (const { done, seed, stepped } of runs) {
      const asked = stepped.filter((name) => name.includes("."))
      expect({ seed, done: done.toSorted() }).toEqual({ seed, done: asked.toSorted() })
    }
  })
})
