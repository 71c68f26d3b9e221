import { describe, expect, it } from "vitest"
import { answer } from "../../../core/machine/index.ts"
import type { Answer, Machine } from "../../../core/machine/index.ts"
import { makeSimulation, SimulationFailed, task } from "./index.ts"
import type { Actor, FaultRates, Simulation, Task, TaskOptions, TraceEvent } from "./index.ts"

/** An input brings its own outputs, and an output its own meaning, so that a test says all in one place. */
type Input =
  | { readonly _tag: "Tick"; readonly now: number }
  | { readonly _tag: "Do"; readonly outputs: ReadonlyArray<Output> }
  | { readonly _tag: "Done"; readonly name: string }
  | { readonly _tag: "Late"; readonly name: string }
type Output = Answer | Task<Input>

interface State {
  readonly heard: ReadonlyArray<string>
  readonly wakeAt: number | undefined
}

const memory: Machine<State, Input, Output> = {
  step: (state, input) => {
    const wakeAt = input._tag === "Tick" && input.now >= (state.wakeAt ?? Infinity) ? undefined : state.wakeAt
    const said =
      input._tag === "Tick" ? `Tick ${input.now}` : input._tag === "Do" ? "Do" : `${input._tag} ${input.name}`
    return [{ heard: [...state.heard, said], wakeAt }, input._tag === "Do" ? input.outputs : []]
  },
  wakeAt: (state) => state.wakeAt
}

const does = (...outputs: ReadonlyArray<Output>): Input => ({ _tag: "Do", outputs })

/** One actor, and what took effect. */
class World {
  readonly effects: Array<string> = []
  readonly trace: Array<TraceEvent> = []
  readonly simulation: Simulation
  crashes = 0

  constructor(seed: number, faults?: Partial<FaultRates>) {
    this.simulation = makeSimulation({
      seed,
      faults,
      rerun: "npm run simulate -- memory",
      timePercent: 0,
      watch: (event) => this.trace.push(event)
    })
  }

  spawn(
    options: { readonly wakeAt?: number; readonly name?: string; readonly pace?: number } = {}
  ): Actor<State, Input> {
    return this.simulation.spawn<State, Input, Output>({
      name: options.name ?? "memory",
      machine: memory,
      state: { heard: [], wakeAt: options.wakeAt },
      tick: (now) => ({ _tag: "Tick", now }),
      perform: (output) => output,
      crashed: () => this.crashes++,
      ...(options.pace === undefined ? {} : { pace: options.pace })
    })
  }

  task(name: string, resource?: string, options: TaskOptions<Input> = {}): Task<Input> {
    const act = (): Input => {
      this.effects.push(name)
      return { _tag: "Done", name }
    }
    return task(resource, act, options)
  }
}

const failureOf = (run: () => void): SimulationFailed => {
  try {
    run()
  } catch (error) {
    if (error instanceof SimulationFailed) return error
    throw error
  }
  return expect.unreachable("it does not fail")
}

const seeds = Array.from({ length: 300 }, (_, seed) => seed)

/** How many different things the seeds bring about. */
const outcomes = (run: (seed: number) => ReadonlyArray<string>): ReadonlySet<string> =>
  new Set(seeds.map((seed) => run(seed).join(" ")))

describe("a simulation", () => {
  it("does and answers the tasks of one resource in the order of the outputs", () => {
    const seen = outcomes((seed) => {
      const world = new World(seed)
      const actor = world.spawn()
      actor.feed(does(world.task("a", "disk"), world.task("b", "disk"), world.task("c", "disk")))
      world.simulation.events(100)
      return [...world.effects, ...actor.state().heard]
    })
    expect(seen).toEqual(new Set(["a b c Tick 1000 Do Done a Done b Done c"]))
  })

  it("may do a task of a resource before the answer to the one before it is heard", () => {
    const seen = outcomes((seed) => {
      const world = new World(seed)
      const actor = world.spawn()
      actor.feed(does(world.task("a", "disk"), world.task("b", "disk")))
      world.simulation.events(2)
      return [...world.effects, ...actor.state().heard.slice(2)]
    })
    expect(seen).toEqual(new Set(["a b", "a Done a"]))
  })

  it("does tasks of different resources in any order, and answers them in any order", () => {
    const seen = outcomes((seed) => {
      const world = new World(seed)
      const actor = world.spawn()
      actor.feed(does(world.task("a", "disk"), world.task("b", "link"), world.task("c")))
      world.simulation.events(100)
      return [...world.effects, ...actor.state().heard.slice(2)]
    })
    const orders = ["a b c", "a c b", "b a c", "b c a", "c a b", "c b a"]
    expect(new Set([...seen].map((one) => one.slice(0, 5)))).toEqual(new Set(orders))
    expect(new Set([...seen].map((one) => one.slice(6).replaceAll("Done ", "")))).toEqual(new Set(orders))
    expect(seen.size).toBeGreaterThan(20)
  })

  it("hands an answer over at once, in the order of the outputs", () => {
    const world = new World(1)
    const said: Array<string> = []
    const actor = world.spawn()
    const says = (text: string) => answer(() => said.push(text))
    actor.feed(does(says("one"), world.task("a"), says("two")))
    expect(said).toEqual(["one", "two"])
    expect(world.effects).toEqual([])
  })

  it("steps an input that an answer feeds after the outputs before it", () => {
    const world = new World(1)
    const said: Array<string> = []
    const actor = world.spawn()
    const again = answer(() => actor.feed(does(answer(() => said.push("fed")))))
    actor.feed(
      does(
        again,
        answer(() => said.push("output"))
      )
    )
    expect(said).toEqual(["output", "fed"])
  })

  it("goes on later with a task that has done a part only", () => {
    const world = new World(1)
    const actor = world.spawn()
    const parts = ["one", "two", "three"]
    const act = (): Input | undefined => {
      world.effects.push(parts.shift() ?? "?")
      return parts.length === 0 ? { _tag: "Done", name: "all" } : undefined
    }
    actor.feed(does(task("disk", act), world.task("next", "disk")))
    world.simulation.events(2)
    expect(world.effects).toEqual(["one", "two"])
    world.simulation.events(100)
    expect(world.effects).toEqual(["one", "two", "three", "next"])
  })

  it("lets an actor crash before an output, before an effect, before its answer, and after it", () => {
    const seen = outcomes((seed) => {
      const world = new World(seed, { crash: 20 })
      const actor = world.spawn()
      actor.feed(
        does(
          world.task("a"),
          answer(() => world.effects.push("told"))
        )
      )
      world.simulation.events(100)
      return [...world.effects, ...actor.state().heard.slice(2), actor.alive() ? "alive" : "crashed"]
    })
    expect(seen).toEqual(new Set(["crashed", "told crashed", "told a crashed", "told a Done a alive"]))
  })

  it("crashes no actor by itself that cannot be started again", () => {
    const world = new World(1, { crash: 100 })
    const actor = world.simulation.spawn<State, Input, Output>({
      name: "memory",
      machine: memory,
      state: { heard: [], wakeAt: undefined },
      tick: (now) => ({ _tag: "Tick", now }),
      perform: (output) => output
    })
    actor.feed(does(world.task("a")))
    world.simulation.events(100)
    expect(actor.state().heard).toEqual(["Tick 1000", "Do", "Done a"])
  })

  it("drops what a crashed actor asked for, except a remote task that is on its way", () => {
    const run = (linger: number) =>
      outcomes((seed) => {
        const world = new World(seed, { linger })
        const actor = world.spawn()
        const remote = { remote: true }
        actor.feed(does(world.task("near"), world.task("far", "link", remote), world.task("next", "link", remote)))
        actor.crash()
        world.simulation.events(100)
        expect(world.crashes).toBe(1)
        return [...world.effects, `${actor.state().heard.length}`]
      })
    expect(run(0)).toEqual(new Set(["2"]))
    expect(run(100)).toEqual(new Set(["far 2"]))
  })

  it("says of a task that its time is up when it is done, when it is not, and before it is", () => {
    const run = (remote: boolean) =>
      outcomes((seed) => {
        const world = new World(seed, { timeOut: 100 })
        const actor = world.spawn()
        actor.feed(does(world.task("a", "link", { timedOut: { _tag: "Late", name: "a" }, remote })))
        world.simulation.events(1)
        const soon = world.effects.length
        world.simulation.events(100)
        return [`${soon} ${world.effects.length}`, ...actor.state().heard.slice(2)]
      })
    expect(run(false)).toEqual(new Set(["0 0 Late a", "1 1 Late a"]))
    expect(run(true)).toEqual(new Set(["0 0 Late a", "1 1 Late a", "0 1 Late a"]))
  })

  it("does a repeatable task more than once and answers it once", () => {
    const seen = outcomes((seed) => {
      const world = new World(seed, { repeat: 50 })
      const actor = world.spawn()
      actor.feed(does(world.task("a", "link", { repeatable: true }), world.task("once", "disk")))
      world.simulation.events(100)
      const times = world.effects.filter((name) => name === "a").length
      return [`${Math.min(times, 3)}`, ...actor.state().heard.slice(2).toSorted(), `${world.effects.length - times}`]
    })
    expect(seen).toEqual(new Set([1, 2, 3].map((times) => `${times} Done a Done once 1`)))
  })

  it("holds a task back while time passes", () => {
    const world = new World(1, { delay: 100, delayMs: 50 })
    const actor = world.spawn()
    actor.feed(does(world.task("a")))
    world.simulation.events(1)
    expect(world.effects).toEqual([])
    expect(world.simulation.now()).toBeGreaterThan(1000)
    world.simulation.events(100)
    expect(actor.state().heard.at(-1)).toBe("Done a")
  })

  it("prefers the events of a fast actor to those of a slow one", () => {
    let first = 0
    for (const seed of seeds) {
      const world = new World(seed)
      world.spawn({ name: "slow", pace: 10 }).feed(does(world.task("slow")))
      world.spawn({ name: "fast" }).feed(does(world.task("fast")))
      world.simulation.events(1)
      if (world.effects[0] === "fast") first++
    }
    expect(first).toBeGreaterThan(seeds.length * 0.8)
    expect(first).toBeLessThan(seeds.length)
  })

  it("jumps to the time at which a machine wants to wake when nothing else can happen", () => {
    const world = new World(1)
    const actor = world.spawn({ wakeAt: 70_000 })
    actor.feed(does(world.task("a")))
    world.simulation.events(100)
    expect(actor.state().heard).toEqual(["Tick 1000", "Do", "Done a", "Tick 70000"])
  })

  it("tells the time before an input when it has moved, and only then", () => {
    const world = new World(1)
    const actor = world.spawn()
    actor.feed(does())
    actor.feed(does())
    world.simulation.pass(5)
    actor.feed(does())
    expect(actor.state().heard).toEqual(["Tick 1000", "Do", "Do", "Tick 1005", "Do"])
  })

  it("brings no input to an actor that was stopped", () => {
    const world = new World(1)
    const actor = world.spawn({ wakeAt: 2000 })
    actor.feed(does(world.task("a")))
    actor.stop()
    actor.feed(does())
    world.simulation.events(100)
    expect(actor.state().heard).toEqual(["Tick 1000", "Do"])
    expect([world.crashes, world.effects.length, actor.alive()]).toEqual([0, 0, false])
  })

  it("chooses moves by their weights and lets events happen between them", () => {
    const world = new World(3)
    const actor = world.spawn()
    const done = { often: 0, seldom: 0 }
    const move = (name: "often" | "seldom", weight: number) => ({
      name,
      weight,
      run: () => {
        done[name]++
        actor.feed(does(world.task(name)))
      }
    })
    world.simulation.run(1000, [move("often", 9), move("seldom", 1)])
    expect(done.often + done.seldom).toBe(1000)
    expect(Math.abs(done.seldom - 100)).toBeLessThan(40)
    expect(world.effects.length).toBeGreaterThan(500)
  })

  it("settles without faults, and says what never comes about", () => {
    const world = new World(1, { crash: 100 })
    const actor = world.spawn()
    const { simulation } = world
    simulation.settle("nothing", () => true)
    expect(simulation.fault("disk full", 100)).toBe(false)
    actor.feed(does(world.task("a")))
    simulation.settle("a is done", () => world.effects.includes("a"))
    expect(() => simulation.settle("b is done", () => world.effects.includes("b"))).toThrow(
      /never comes about that b is done: nothing is left/
    )
    const restless: Machine<number, Input, Output> = { step: (at) => [at + 1, []], wakeAt: (at) => at }
    simulation.spawn<number, Input, Output>({
      name: "restless",
      machine: restless,
      state: 1000,
      tick: (now) => ({ _tag: "Tick", now }),
      perform: (output) => output
    })
    expect(() => simulation.settle("b is done", () => false, 50)).toThrow(/not in 50 events/)
  })

  it("settles only when what is on its way has arrived", () => {
    const world = new World(1, { linger: 100 })
    const actor = world.spawn()
    actor.feed(does(world.task("far", "link", { remote: true })))
    actor.crash()
    world.simulation.settle("anything", () => true)
    expect(world.effects).toEqual(["far"])
  })

  it("fails with the seed, the command that runs it again, and what happened last", () => {
    const world = new World(42)
    const actor = world.spawn()
    const moves = [{ name: "add", weight: 1, run: () => actor.feed(does(world.task("a"))) }]
    world.simulation.run(1, moves)
    const error = failureOf(() => world.simulation.fail("The sky is down."))
    expect(error.rerun).toBe("npm run simulate -- memory --seed 42")
    expect(error.message).toMatch(/^The sky is down\.\nseed 42, trace [0-9a-f]{8}; run it again with: npm run/)
    expect(error.message).toMatch(/\n +1000 workload +-- add\n +1000 memory +<- Tick\n +1000 memory +<- Do\n/)
  })

  it("turns what is thrown in a move into a failure with the seed", () => {
    const world = new World(42)
    const thrown = new RangeError("too far")
    const failed = failureOf(() =>
      world.simulation.run(1, [
        {
          name: "throw",
          weight: 1,
          run: () => {
            throw thrown
          }
        }
      ])
    )
    expect(failed).toMatchObject({ cause: thrown, what: "It throws: RangeError: too far", seed: 42 })
  })

  it("keeps the last 60 events for a failure, oldest first", () => {
    const { simulation } = new World(1)
    for (let at = 0; at < 100; at++) simulation.note(`note ${at}`)
    const tail = Array.from({ length: 60 }, (_, at) => `note ${at + 40}`)
    const failed = failureOf(() => simulation.fail("over"))
    expect(failed.trace.map(({ what }) => what)).toEqual(tail)
  })

  it("lets no fault happen where none is wanted", () => {
    const world = new World(1)
    expect(world.simulation.fault("disk full", 100)).toBe(false)
    expect(new World(1, {}).simulation.fault("disk full", 100)).toBe(true)
  })

  it("counts what was marked, and faults by their names", () => {
    const { simulation } = new World(1, {})
    simulation.mark("rolled")
    simulation.mark("rolled")
    simulation.fault("disk full", 100)
    simulation.fault("disk slow", 0)
    expect([...simulation.report().marks]).toEqual([
      ["rolled", 2],
      ["disk full", 1]
    ])
  })

  it("gives the workload the same random numbers for a purpose, whatever else is drawn", () => {
    const draws = (faults: Partial<FaultRates> | undefined) => {
      const { simulation } = new World(9, faults)
      simulation.random("other").below(10)
      simulation.fault("disk full", 50)
      return Array.from({ length: 10 }, () => simulation.random("keys").below(1000))
    }
    expect(draws(undefined)).toEqual(draws({ crash: 10 }))
  })
})
