import { describe, expect, it } from "vitest"
import { send } from "../../../core/simulation/index.ts"
import { does, failureOf, heardBy, runWorld, someSeeds, outcomes } from "./Memory.ts"

describe("a node", () => {
  it("is told the time when it starts, before an input when it has moved, and only then", () => {
    runWorld((world) => {
      const node = world.node()
      world.simulation.pass(3)
      node.feed(does())
      node.feed(does())
      world.simulation.pass(5)
      node.feed(does())
      expect(node.state().heard).toEqual(["Tick 1000", "Tick 1003", "Do", "Do", "Tick 1008", "Do"])
    })
  })

  it("wakes when its machine wants to, however long nothing happens", () => {
    runWorld((world) => {
      const node = world.node("memory", { wakeAt: 70_000 })
      world.simulation.pass(100_000)
      expect(node.state().heard).toEqual(["Tick 1000", "Tick 70000"])
    })
  })

  it("begins again with what its boot gives it, and hears no answer of its life before", () => {
    runWorld((world) => {
      const node = world.node()
      node.feed(does(world.task("a")))
      world.simulation.pass(0)
      node.crash()
      expect(node.alive()).toBe(false)
      node.feed(does())
      node.restart()
      world.simulation.pass(100)
      expect(node.state().heard).toEqual(["Tick 1000"])
    })
  })

  it("does not begin again by itself where the scenario starts the successor", () => {
    runWorld((world) => {
      const crashes: Array<boolean> = []
      const node = world.node("memory", { restarts: false, crashed: (power) => crashes.push(power) })
      node.crash(true)
      world.simulation.settle("nothing", () => true, { withinMs: 100 })
      expect([node.alive(), crashes]).toEqual([false, [true]])
    })
  })

  it("stays dead where it was stopped, and hears nothing more", () => {
    runWorld((world) => {
      const node = world.node("memory", { wakeAt: 2000 })
      node.feed(does(world.task("a")))
      node.stop()
      node.feed(does())
      world.simulation.pass(5000)
      world.simulation.settle("nothing", () => true, { withinMs: 100 })
      expect([node.alive(), world.effects]).toEqual([false, []])
    })
  })

  it("crashes by chance and is down for a while", () => {
    const report = runWorld(
      (world) => {
        world.simulation.tasks({ crash: 10, downMs: 20 })
        const node = world.node()
        let dead = 0
        world.simulation.run({ moves: 200, gapMs: 10 }, [
          {
            name: "work",
            weight: 1,
            run: () => {
              if (!node.alive()) dead++
              node.feed(does(world.task("a")))
            }
          }
        ])
        expect(dead).toBeGreaterThan(10)
        expect(dead).toBeLessThan(190)
      },
      { seed: 5 }
    )
    expect(report.marks.get("crash")).toBeGreaterThan(10)
  })

  it("means several things by one output, in their order", () => {
    runWorld((world) => {
      const { simulation } = world
      const said: Array<string> = []
      const talker = simulation.node<null, { readonly _tag: "Go" }, { readonly _tag: "Talk" }>({
        name: "talker",
        boot: () => ({
          machine: { step: (state) => [state, [{ _tag: "Talk" }]], wakeAt: () => undefined },
          state: null,
          tick: () => ({ _tag: "Go" }),
          perform: () => [
            { _tag: "Answer", run: () => said.push("one") },
            { _tag: "Answer", run: () => said.push("two") }
          ]
        })
      })
      simulation.pass(1)
      expect([talker.alive(), said]).toEqual([true, ["one", "two"]])
    })
  })

  it("cannot be called as another one is", () => {
    const failed = failureOf(() => runWorld((world) => void [world.node("a"), world.node("a")]))
    expect(failed).toMatchObject({ invariant: "misuse", what: 'Two nodes are called "a".' })
    expect(failureOf(() => runWorld((world) => void world.node("a>b"))).invariant).toBe("misuse")
  })
})

describe("the network", () => {
  it("keeps the order of the messages on a link", () => {
    const seen = outcomes((world) => {
      world.simulation.network({ meanMs: 20 })
      const a = world.node("a")
      const b = world.node("b")
      a.feed(does(send("b", "1"), send("b", "2"), send("b", "3")))
      world.simulation.pass(1000)
      return heardBy(b)
    })
    expect(seen).toEqual(new Set(["a: 1 a: 2 a: 3"]))
  })

  it("reorders, loses and duplicates as often as it is told to", () => {
    const counts = { lost: 0, twice: 0, reordered: 0 }
    for (const seed of someSeeds) {
      runWorld(
        (world) => {
          world.simulation.network({ meanMs: 20, loss: 20, duplicate: 20, reorder: 20 })
          const a = world.node("a")
          const b = world.node("b")
          a.feed(does(send("b", "1"), send("b", "2"), send("b", "3")))
          world.simulation.pass(1000)
          const heard = heardBy(b)
          if (new Set(heard).size < 3) counts.lost++
          if (heard.length > new Set(heard).size) counts.twice++
          if (heard.indexOf("a: 2") < heard.indexOf("a: 1")) counts.reordered++
        },
        { seed }
      )
    }
    expect(counts.lost).toBeGreaterThan(60)
    expect(counts.twice).toBeGreaterThan(50)
    expect(counts.reordered).toBeGreaterThan(10)
    expect(counts.reordered).toBeLessThan(100)
  })

  it("loses what is sent beyond the capacity of a link, and what arrives at a dead node", () => {
    runWorld((world) => {
      world.simulation.network({ capacity: 2 })
      const a = world.node("a")
      const b = world.node("b")
      const c = world.node("c")
      a.feed(does(send("b", "1"), send("b", "2"), send("b", "3"), send("c", "4")))
      c.crash()
      world.simulation.pass(100)
      c.restart()
      world.simulation.pass(100)
      expect([heardBy(b), heardBy(c)]).toEqual([["a: 1", "a: 2"], []])
    })
  })

  it("takes as long as a link is said to take", () => {
    const times: Array<number> = []
    runWorld((world) => {
      const a = world.node("a")
      world.node("b")
      world.simulation.network({ minMs: 7, meanMs: 30 }, "a", "b")
      world.simulation.pass(0)
      for (let count = 0; count < 300; count++) {
        const sent = world.simulation.now()
        a.feed(does(send("b", "1")))
        world.simulation.events(1)
        times.push(world.simulation.now() - sent)
      }
    })
    const mean = times.reduce((sum, one) => sum + one, 0) / times.length
    expect(Math.min(...times)).toBe(7)
    expect(Math.abs(mean - 37)).toBeLessThan(6)
  })
})
