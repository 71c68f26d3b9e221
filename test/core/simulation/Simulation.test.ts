import { describe, expect, it } from "vitest"
import type { Machine } from "../../../core/machine/index.ts"
import { runPlan, send } from "../../../core/simulation/index.ts"
import type { Report, TraceEvent } from "../../../core/simulation/index.ts"
import { does, failureOf, heardBy, outcomes, runWorld, scenarioOf, someSeeds } from "./Memory.ts"
import type { MemoryInput, MemoryState, World } from "./Memory.ts"

describe("settling", () => {
  it("says what never comes about, in time or at all", () => {
    const waits = (body: (world: World) => void, withinMs: number) =>
      failureOf(() =>
        runWorld((world) => {
          body(world)
          world.simulation.settle("b is done", () => world.effects.includes("b"), { withinMs })
        })
      )
    const idle = waits((world) => world.node().feed(does(world.task("a"))), 1000)
    expect(idle.invariant).toBe("settles: b is done")
    expect(idle.what).toBe("It never comes about that b is done: nothing is left to happen.")
    const restless: Machine<MemoryState, MemoryInput, never> = {
      step: (state, input) => [{ ...state, wakeAt: input._tag === "Tick" ? input.now + 10 : 0 }, []],
      wakeAt: ({ wakeAt }) => wakeAt
    }
    const late = waits(
      (world) =>
        void world.node("restless", {
          boot: () => ({
            machine: restless,
            state: { heard: [], wakeAt: undefined },
            tick: (now) => ({ _tag: "Tick", now }),
            perform: (output) => output
          })
        }),
      500
    )
    expect(late.what).toBe("It does not come about that b is done: not in 500 ms without a fault.")
  })

  it("waits for what is on its way although nobody hears of it", () => {
    runWorld((world) => {
      world.simulation.tasks({ linger: 100 })
      const node = world.node("memory", { restarts: false })
      node.feed(does(world.task("far", "link", { remote: true })))
      node.crash()
      world.simulation.settle("anything", () => true, { withinMs: 1000 })
      expect(world.effects).toEqual(["far"])
    })
  })

  it("lets no fault happen by chance", () => {
    runWorld((world) => {
      world.simulation.tasks({ crash: 100, timeOut: 100 })
      world.simulation.network({ loss: 100 })
      const [a, b] = [world.node("a"), world.node("b")]
      world.simulation.settle("they begin", () => true, { withinMs: 10 })
      a.feed(does(send("b", "x"), world.task("y")))
      world.simulation.settle("b hears a", () => heardBy(b).length > 0, { withinMs: 100 })
      world.simulation.settle("a is done", () => heardBy(a).includes("Done y"), { withinMs: 100 })
      expect(world.simulation.chance("comet", 100)).toBe(false)
    })
  })

  it("is over when the workload goes on", () => {
    runWorld((world) => {
      world.simulation.settle("nothing", () => true, { withinMs: 10 })
      world.simulation.network({ loss: 100 })
      const [a, b] = [world.node("a"), world.node("b")]
      const workload = [{ name: "say", weight: 1, run: () => a.feed(does(send("b", "x"))) }]
      world.simulation.run({ moves: 5, gapMs: 5, horizonMs: 100 }, workload)
      expect([heardBy(b), world.simulation.chance("comet", 100)]).toEqual([[], true])
    })
  })
})

describe("a chance of the scenario's own", () => {
  const body = (seen: Array<number>) => (world: World) => {
    for (let at = 0; at < 50; at++) if (world.simulation.chance("comet", 20)) seen.push(at)
  }

  it("is drawn, counted, recorded, and happens again where the plan says so", () => {
    const seen: Array<number> = []
    const report = runWorld(body(seen))
    expect(report.marks.get("comet")).toBe(seen.length)
    expect(report.plan.chances).toEqual(seen.map((nth) => ({ stream: "scenario comet", nth })))
    const again: Array<number> = []
    runWorld(body(again), { chances: report.plan.chances.slice(1) })
    expect(again).toEqual(seen.slice(1))
  })
})

describe("a workload", () => {
  it("chooses moves by their weights, about as far apart as it says", () => {
    const done = { often: 0, seldom: 0 }
    const move = (name: "often" | "seldom", weight: number) => ({ name, weight, run: () => void done[name]++ })
    const { plan, virtualMs } = runWorld((world) =>
      world.simulation.run({ moves: 1000, gapMs: 10 }, [move("often", 9), move("seldom", 1)])
    )
    expect(done.often + done.seldom).toBe(1000)
    expect(Math.abs(done.seldom - 100)).toBeLessThan(40)
    expect(Math.abs(virtualMs - 10_000)).toBeLessThan(1000)
    expect(plan.moves).toHaveLength(1000)
  })

  it("gives each move a generator of its own", () => {
    const drawn = (plan: Partial<Report["plan"]>): ReadonlyArray<number> => {
      const numbers: Array<number> = []
      const run = (random: { readonly below: (bound: number) => number }) => void numbers.push(random.below(1000))
      runWorld((world) => world.simulation.run({ moves: 10, gapMs: 5 }, [{ name: "draw", weight: 1, run }]), plan)
      return numbers
    }
    const { plan } = runWorld((world) =>
      world.simulation.run({ moves: 10, gapMs: 5 }, [{ name: "draw", weight: 1, run: () => undefined }])
    )
    const all = drawn({})
    expect(new Set(all).size).toBeGreaterThan(8)
    expect(drawn({ moves: plan.moves.toSpliced(4, 1) })).toEqual(all.toSpliced(4, 1))
  })

  it("does not let time pass inside of a move", () => {
    const failed = failureOf(() =>
      runWorld((world) =>
        world.simulation.run({ moves: 1, gapMs: 5 }, [{ name: "wait", weight: 1, run: () => world.simulation.pass(5) }])
      )
    )
    expect(failed).toMatchObject({ invariant: "misuse", what: "Time passes only between events." })
  })
})

describe("events of one millisecond", () => {
  it("happen in the order of their causes, or in any order where the run shuffles", () => {
    const heard = (shuffle: number): ReadonlySet<string> => {
      const seen = new Set<string>()
      for (const seed of someSeeds.slice(0, 60)) {
        runWorld(
          (world) => {
            world.simulation.network({ minMs: 1, meanMs: 0 })
            const nodes = ["a", "b", "c"].map((name) => world.node(name))
            const d = world.node("d")
            for (const node of nodes) node.feed(does(send("d", "x")))
            world.simulation.pass(10)
            seen.add(heardBy(d).join(" "))
          },
          { seed, knobs: { shuffle } }
        )
      }
      return seen
    }
    expect(heard(0)).toEqual(new Set(["a: x b: x c: x"]))
    expect(heard(1).size).toBe(6)
    expect(outcomes((world) => [`${world.simulation.knob("shuffle")}`])).toEqual(new Set(["0", "1"]))
  })
})

describe("the trace", () => {
  it("tells each message with the same number where it is sent, arrives and is lost", () => {
    const events: Array<TraceEvent> = []
    const body = (world: World): void => {
      const [a, b] = [world.node("a"), world.node("b")]
      world.simulation.pass(0)
      a.feed(does(send("b", "hello")))
      world.simulation.pass(100)
      b.stop()
      a.feed(does(send("b", "hello")))
      world.simulation.pass(100)
    }
    runPlan(scenarioOf(body), { scenario: "memory", seed: 1 }, { watch: (event) => events.push(event) })
    const messages = events.filter(({ message }) => message !== undefined)
    expect(messages.map(({ kind, message }) => `${kind} ${message}`)).toEqual([
      "send 1",
      "deliver 1",
      "send 2",
      "drop 2"
    ])
    expect(messages.map(({ from, node, to }) => `${from}-${node}-${to}`)).toEqual([
      "undefined-a-b",
      "a-b-undefined",
      "undefined-a-b",
      "a-b-undefined"
    ])
  })

  it("gives the scenario the same random numbers for a purpose, whatever else is drawn", () => {
    const draws = (other: (world: World) => void): ReadonlyArray<number> => {
      const drawn: Array<number> = []
      runWorld((world) => {
        other(world)
        drawn.push(...Array.from({ length: 10 }, () => world.simulation.random("keys").below(1000)))
      })
      return drawn
    }
    expect(draws(({ simulation }) => void simulation.random("other").below(10))).toEqual(draws(() => undefined))
    expect(draws(({ simulation }) => void simulation.chance("comet", 50))).toEqual(draws(() => undefined))
  })
})
