import { describe, expect, it } from "vitest"
import { answer } from "../../../core/machine/index.ts"
import { task } from "../../../core/simulation/index.ts"
import { does, heardBy, outcomes, runWorld } from "./Memory.ts"
import type { MemoryInput } from "./Memory.ts"

describe("tasks of a node", () => {
  it("are done and answered in the order of the outputs where they have one resource", () => {
    const seen = outcomes((world) => {
      world.simulation.tasks({ meanMs: 5 })
      const node = world.node()
      node.feed(does(world.task("a", "disk"), world.task("b", "disk"), world.task("c", "disk")))
      world.simulation.pass(1000)
      return [...world.effects, ...heardBy(node)]
    })
    expect(seen).toEqual(new Set(["a b c Done a Done b Done c"]))
  })

  it("may have their effect before the answer to the one before them is heard", () => {
    const seen = outcomes((world) => {
      const node = world.node()
      world.simulation.pass(0)
      node.feed(does(world.task("a", "disk"), world.task("b", "disk")))
      world.simulation.events(2)
      return [...world.effects, ...heardBy(node)]
    })
    expect(seen).toEqual(new Set(["a b", "a Done a"]))
  })

  it("are done and answered in any order where they have different resources", () => {
    const seen = outcomes((world) => {
      world.simulation.tasks({ meanMs: 5 })
      const node = world.node()
      node.feed(does(world.task("a", "disk"), world.task("b", "link"), world.task("c")))
      world.simulation.pass(1000)
      return [...world.effects, ...heardBy(node)]
    })
    const orders = ["a b c", "a c b", "b a c", "b c a", "c a b", "c b a"]
    expect(new Set([...seen].map((one) => one.slice(0, 5)))).toEqual(new Set(orders))
    expect(new Set([...seen].map((one) => one.slice(6).replaceAll("Done ", "")))).toEqual(new Set(orders))
    expect(seen.size).toBeGreaterThan(20)
  })

  it("hand an answer over at once, in the order of the outputs", () => {
    runWorld((world) => {
      const said: Array<string> = []
      const node = world.node()
      const says = (text: string) => answer(() => said.push(text))
      node.feed(does(says("one"), world.task("a"), says("two")))
      expect(said).toEqual(["one", "two"])
      expect(world.effects).toEqual([])
    })
  })

  it("step an input that an answer feeds after the outputs before it", () => {
    runWorld((world) => {
      const said: Array<string> = []
      const node = world.node()
      const again = answer(() => node.feed(does(answer(() => said.push("fed")))))
      node.feed(
        does(
          again,
          answer(() => said.push("output"))
        )
      )
      expect(said).toEqual(["output", "fed"])
    })
  })

  it("go on later where a part only is done", () => {
    runWorld((world) => {
      const node = world.node()
      const parts = ["one", "two", "three"]
      const act = (): MemoryInput | undefined => {
        world.effects.push(parts.shift() ?? "?")
        return parts.length === 0 ? { _tag: "Done", name: "all" } : undefined
      }
      world.simulation.pass(0)
      node.feed(does(task("disk", act), world.task("next", "disk")))
      world.simulation.events(2)
      expect(world.effects).toEqual(["one", "two"])
      world.simulation.pass(1000)
      expect(world.effects).toEqual(["one", "two", "three", "next"])
    })
  })

  it("can be cut off by a crash before an output, before an effect, before its answer, and after it", () => {
    const seen = outcomes((world) => {
      let crashes = 0
      world.simulation.tasks({ crash: 20 })
      const node = world.node("memory", { restarts: false, crashed: () => crashes++ })
      node.feed(
        does(
          world.task("a"),
          answer(() => world.effects.push("told"))
        )
      )
      world.simulation.pass(100)
      return [...world.effects, ...heardBy(node), crashes === 0 ? "alive" : "crashed"]
    })
    expect(seen).toEqual(new Set(["crashed", "told crashed", "told a crashed", "told a Done a alive"]))
  })

  it("are never cut off by chance at a node that does not crash", () => {
    runWorld((world) => {
      world.simulation.tasks({ crash: 100 })
      const node = world.node("memory", { crashes: false })
      node.feed(does(world.task("a")))
      world.simulation.pass(100)
      expect(heardBy(node)).toEqual(["Done a"])
    })
  })

  it("are dropped by a crash, except a remote one that is on its way", () => {
    const run = (linger: number) =>
      outcomes((world) => {
        let crashes = 0
        world.simulation.tasks({ linger })
        const node = world.node("memory", { restarts: false, crashed: () => crashes++ })
        const remote = { remote: true }
        node.feed(does(world.task("near"), world.task("far", "link", remote), world.task("next", "link", remote)))
        node.crash()
        world.simulation.pass(1000)
        return [...world.effects, `${crashes}`]
      })
    expect(run(0)).toEqual(new Set(["1"]))
    expect(run(100)).toEqual(new Set(["far 1"]))
  })

  it("are said to be out of time when they are done, when they are not, and before they are", () => {
    const run = (remote: boolean) =>
      outcomes((world) => {
        world.simulation.tasks({ timeOut: 100 })
        const node = world.node()
        world.simulation.pass(0)
        node.feed(does(world.task("a", "link", { timedOut: { _tag: "Late", name: "a" }, remote })))
        world.simulation.events(1)
        const soon = world.effects.length
        world.simulation.pass(1000)
        return [`${soon} ${world.effects.length}`, ...heardBy(node)]
      })
    expect(run(false)).toEqual(new Set(["0 0 Late a", "1 1 Late a"]))
    expect(run(true)).toEqual(new Set(["0 0 Late a", "1 1 Late a", "0 1 Late a"]))
  })

  it("are done more than once where they are repeatable, and answered once", () => {
    const seen = outcomes((world) => {
      world.simulation.tasks({ repeat: 50 })
      const node = world.node()
      node.feed(does(world.task("a", "link", { repeatable: true }), world.task("once", "disk")))
      world.simulation.pass(1000)
      const times = world.effects.filter((name) => name === "a").length
      return [`${Math.min(times, 3)}`, ...heardBy(node).toSorted(), `${world.effects.length - times}`]
    })
    expect(seen).toEqual(new Set([1, 2, 3].map((times) => `${times} Done a Done once 1`)))
  })

  it("take longer where they are slow", () => {
    runWorld((world) => {
      world.simulation.tasks({ meanMs: 0, slow: 100, slowMs: 50 })
      const node = world.node()
      node.feed(does(world.task("a")))
      world.simulation.pass(0)
      expect(world.effects).toEqual([])
      world.simulation.pass(5000)
      expect(heardBy(node)).toEqual(["Done a"])
    })
  })
})
