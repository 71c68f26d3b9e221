import { describe, expect, it } from "vitest"
import { answer } from "../../../core/machine/index.ts"
import { readPlan, runPlan, seedsFrom, send, task } from "../../../core/simulation/index.ts"
import type { CompletePlan, Scenario, TraceEvent } from "../../../core/simulation/index.ts"
import { hastyServer, makeLock } from "./LockService.ts"
import { does, failureOf, runWorld, World } from "./Memory.ts"
import { makePingPong } from "./PingPong.ts"

const game = makePingPong(200)
const lock = makeLock()
const hasty = makeLock(hastyServer)

/** A bug that needs no luck: the lock is granted before the disk knows, and the server crashes then. */
const failing = failureOf(() => {
  for (const seed of seedsFrom(1, 100)) runPlan(hasty, { scenario: "lock", seed })
})

describe("a run", () => {
  it("is the same for the same seed, and another for another", () => {
    const hashes = seedsFrom(0, 40).map((seed) => {
      const report = runPlan(game, { scenario: "ping-pong", seed })
      expect(runPlan(game, { scenario: "ping-pong", seed })).toEqual(report)
      return report.hash
    })
    expect(new Set(hashes).size).toBe(40)
  })

  it("is the same from the plan that it leaves behind, also when that was kept as text", () => {
    const kept = { moves: 0, faults: 0, chances: 0 }
    for (const seed of seedsFrom(1, 60)) {
      const report = runPlan(lock, { scenario: "lock", seed })
      expect(runPlan(lock, readPlan(JSON.stringify(report.plan)))).toEqual(report)
      kept.moves += report.plan.moves.length
      kept.faults += report.plan.faults.length
      kept.chances += report.plan.chances.length
    }
    expect(kept.moves).toBeGreaterThan(2000)
    expect(kept.faults).toBeGreaterThan(300)
    expect(kept.chances).toBeGreaterThan(300)
  })

  it("is the same whether it is watched or not, and when every message goes through bytes", () => {
    for (const seed of seedsFrom(1, 20)) {
      const plan = { scenario: "lock", seed }
      const events: Array<TraceEvent> = []
      const { hash } = runPlan(lock, plan)
      expect(runPlan(lock, plan, { watch: (event) => events.push(event) }).hash).toBe(hash)
      expect(events.length).toBeGreaterThan(100)
      expect(runPlan(lock, plan, { encoded: true }).hash).toBe(hash)
    }
  })

  it("takes a knob from its plan and draws the others as before", () => {
    const { plan } = runPlan(lock, { scenario: "lock", seed: 3 })
    const other = runPlan(lock, { scenario: "lock", seed: 3, knobs: { latency: 40 } }).plan
    expect(other.knobs).toEqual({ ...plan.knobs, latency: 40 })
  })

  it("draws every value of a knob", () => {
    const seen = new Set(
      seedsFrom(1, 100).map((seed) => runPlan(game, { scenario: game.name, seed }).plan.knobs["players"])
    )
    expect(seen).toEqual(new Set([2, 3, 5]))
  })

  it("fails with a plan that fails in the same way, with the same hash", () => {
    const again = failureOf(() => runPlan(hasty, failing.plan))
    expect([again.invariant, again.what, again.hash]).toEqual([failing.invariant, failing.what, failing.hash])
    expect(failing.invariant).toBe("one holder")
    expect(failing.rerun).toBe(`runPlan(lock, {"scenario":"lock","seed":${failing.plan.seed}})`)
    expect(again.rerun).toMatch(/readPlan/)
  })

  it("fails with a plan without what had not begun", () => {
    const last = failing.trace.at(-1)?.at ?? 0
    expect(failing.plan.moves.length).toBeLessThan(40)
    for (const { at } of [...failing.plan.moves, ...failing.plan.faults]) expect(at + 1000).toBeLessThanOrEqual(last)
  })

  it("fails with its last sixty events, as a table too", () => {
    expect(failing.trace).toHaveLength(60)
    expect(failing.message).toMatch(
      /^one holder: c\d has the lock, and so has c\d\.\nlock, seed \d+, \d+ events, trace /
    )
    expect(failing.message).toMatch(/\n +\d+ +c\d +< Received +holds until \d+\n/)
  })

  it("turns what is thrown in it into a failure, and keeps it as the cause", () => {
    const thrown = new RangeError("too far")
    const scenario: Scenario = {
      name: "thrower",
      knobs: {},
      seeds: 1,
      marks: {},
      command: "npm run simulate -- thrower",
      run: () => {
        throw thrown
      }
    }
    expect(failureOf(() => runPlan(scenario, { scenario: "thrower", seed: 42 }))).toMatchObject({
      invariant: "throws RangeError",
      what: "It throws: RangeError: too far",
      cause: thrown,
      rerun: "npm run simulate -- thrower --seed 42"
    })
  })

  it("says so where a plan does not repeat its run", () => {
    let count = 0
    const drifting: Scenario = {
      name: "drifting",
      knobs: {},
      seeds: 1,
      marks: {},
      run: (simulation) => {
        simulation.note(`${count++}`)
        simulation.fail("sky", "It is down.")
      }
    }
    const failed = failureOf(() => runPlan(drifting, { scenario: "drifting", seed: 1 }))
    expect(failed.message).toMatch(/The plan does not repeat the run/)
  })

  it("ends where a loop would never end", () => {
    const failed = failureOf(() =>
      runWorld((world) => {
        world.simulation.network({ minMs: 0, meanMs: 0 })
        const a = world.node("a", {
          boot: () => ({
            machine: { step: (state) => [state, [send("a", "again")]], wakeAt: () => undefined },
            state: { heard: [], wakeAt: undefined },
            tick: (now) => ({ _tag: "Tick", now }),
            perform: (output) => output,
            received: (from, text) => ({ _tag: "Heard", from, text })
          })
        })
        a.feed(does())
        world.simulation.pass(1)
      })
    )
    expect(failed.invariant).toBe("livelock")
  })

  it("ends where a node feeds itself for ever, or a task has no last part", () => {
    const feeding = failureOf(() =>
      runWorld((world) => {
        const node = world.node("memory", {
          boot: () => ({
            machine: { step: (state) => [state, [answer(() => node.feed(does()))]], wakeAt: () => undefined },
            state: { heard: [], wakeAt: undefined },
            tick: (now) => ({ _tag: "Tick", now }),
            perform: (output) => output
          })
        })
        node.feed(does())
      })
    )
    expect(feeding).toMatchObject({ invariant: "livelock" })
    expect(feeding.message).toContain("Node memory feeds itself")
    const working = failureOf(() =>
      runWorld((world) => {
        world.simulation.tasks({ timeOut: 100 })
        const node = world.node()
        const late = { _tag: "Late", name: "a" } as const
        for (let count = 0; count < 20; count++) node.feed(does(task(undefined, () => undefined, { timedOut: late })))
        world.simulation.pass(1000)
      })
    )
    expect(working).toMatchObject({ invariant: "livelock" })
    expect(working.message).toContain("A task of node memory")
  })

  it("says what is wrong with a scenario that would run otherwise than it looks", () => {
    const move = { name: "say", weight: 1, run: () => undefined }
    const wrong: ReadonlyArray<readonly [(world: World) => unknown, string]> = [
      [() => Promise.resolve(), "is it async?"],
      [({ simulation }) => simulation.run({ moves: 1, gapMs: 1 }, [move, move]), 'Two moves are called "say".'],
      [({ simulation }) => simulation.run({ moves: Number.NaN, gapMs: 1 }, [move]), "one is NaN"],
      [({ simulation }) => simulation.run({ moves: 1, gapMs: -1 }, [move]), "one is -1"],
      [({ simulation }) => simulation.settle("it", () => true, { withinMs: Number.NaN }), "within NaN ms"],
      [({ simulation }) => simulation.settle("it", () => true, { withinMs: 1, core: ["a"] }), 'no node called "a"']
    ]
    for (const [body, what] of wrong) {
      const scenario: Scenario = {
        name: "wrong",
        knobs: {},
        seeds: 1,
        marks: {},
        run: (simulation) => body(new World(simulation)) as void
      }
      const failed = failureOf(() => runPlan(scenario, { scenario: "wrong", seed: 1 }))
      expect(failed.invariant).toBe("misuse")
      expect(failed.message).toContain(what)
    }
  })
})

/** Four nodes that talk in pairs; faults and moves are those of the plan. */
const talk: Scenario = {
  name: "talk",
  knobs: { loss: [10] },
  seeds: 1,
  marks: {},
  run: (simulation) => {
    const world = new World(simulation)
    const nodes = new Map(["a", "b", "c", "d"].map((name) => [name, world.node(name)]))
    simulation.network({ meanMs: 20, loss: simulation.knob("loss") })
    simulation.nemesis({ nodes: ["c", "d"], kinds: ["isolate", "crash", "slow"], gapMs: 30 })
    const says = (from: string, to: string) => ({
      name: `${from} to ${to}`,
      weight: 1,
      run: () => nodes.get(from)?.feed(does(send(to, "x")))
    })
    simulation.run({ moves: 100, gapMs: 10 }, [says("a", "b"), says("b", "a"), says("c", "d"), says("d", "c")])
  }
}

const between = (plan: CompletePlan, some: ReadonlyArray<string>): ReadonlyArray<TraceEvent> => {
  const events: Array<TraceEvent> = []
  runPlan(talk, plan, {
    watch: (event) => {
      if (!some.includes(event.node) || !["send", "deliver", "drop"].includes(event.kind)) return
      events.push({ ...event, message: undefined })
    }
  })
  return events
}

describe("taking something out of a plan", () => {
  const { plan } = runPlan(talk, { scenario: "talk", seed: 4, knobs: { shuffle: 1 } })
  const without = <A>(all: ReadonlyArray<A>, at: number): ReadonlyArray<A> => all.filter((_, other) => other !== at)

  it("shifts nothing on the links that it does not touch", () => {
    const calm = between(plan, ["a", "b"])
    expect(plan.faults.length).toBeGreaterThan(5)
    expect(calm.length).toBeGreaterThan(60)
    for (const at of plan.faults.keys()) {
      expect(between({ ...plan, faults: without(plan.faults, at) }, ["a", "b"])).toEqual(calm)
    }
    for (const [at, { name }] of plan.moves.entries()) {
      if (name.startsWith("a") || name.startsWith("b")) continue
      expect(between({ ...plan, moves: without(plan.moves, at) }, ["a", "b"])).toEqual(calm)
    }
  })

  it("lets a message arrive that was lost by a chance, and loses no other", () => {
    const at = plan.chances.findIndex(({ stream }) => stream === "loss a>b")
    const drops = (one: CompletePlan) => between(one, ["b"]).filter(({ kind }) => kind === "drop").length
    expect(drops({ ...plan, chances: without(plan.chances, at) })).toBe(drops(plan) - 1)
  })

  it("changes the hash of the run", () => {
    const { hash } = runPlan(talk, plan)
    for (const at of plan.faults.keys()) {
      expect(runPlan(talk, { ...plan, faults: without(plan.faults, at) }).hash).not.toBe(hash)
    }
  })
})

describe("phases of a run", () => {
  it("have moves and faults of their own, at times since they began", () => {
    const body = (world: World): void => {
      const a = world.node("a")
      const moves = [{ name: "do", weight: 1, run: () => a.feed(does(world.task("x"))) }]
      world.simulation.nemesis({ nodes: ["a"], kinds: ["pause"], gapMs: 40 })
      world.simulation.run({ moves: 5, gapMs: 20 }, moves)
      world.simulation.settle("nothing", () => true, { withinMs: 10 })
      world.simulation.pass(500)
      world.simulation.run({ moves: 5, gapMs: 20 }, moves)
    }
    const report = runWorld(body)
    expect(report.plan.moves.map(({ phase }) => phase)).toEqual([...Array(5).fill(undefined), ...Array(5).fill(1)])
    expect(report.plan.moves[5]?.at).toBeLessThan(100)
    expect(runWorld(body, report.plan)).toEqual(report)
  })

  it("last as long as they are said to", () => {
    const report = runWorld((world) => {
      world.simulation.run({ moves: 3, gapMs: 10, horizonMs: 700 }, [{ name: "x", weight: 1, run: () => undefined }])
      expect(world.simulation.now()).toBe(1700)
    })
    expect(report.virtualMs).toBe(700)
  })
})
