import { describe, expect, it } from "vitest"
import { runPlan, send } from "../../../core/simulation/index.ts"
import type { Choose, Scenario } from "../../../core/simulation/index.ts"
import { does, heardBy, scenarioOf } from "./Memory.ts"
import type { World } from "./Memory.ts"

/** Follows a list of choices, and takes the first event where it ends; says how many events there were each time. */
const follow = (choices: ReadonlyArray<number>, counts: Array<number>, digests: Array<number> = []): Choose => {
  let at = 0
  return (count, digest) => {
    counts.push(count)
    digests.push(digest())
    return choices[at++] ?? 0
  }
}

/** All sequences of choices of a scenario, by running it again for each. */
const runsOf = (scenario: Scenario): ReadonlyArray<ReadonlyArray<number>> => {
  const done: Array<ReadonlyArray<number>> = []
  const left: Array<ReadonlyArray<number>> = [[]]
  while (left.length > 0) {
    const prefix = left.pop() ?? []
    const counts: Array<number> = []
    runPlan(scenario, { scenario: scenario.name, seed: 1 }, { choose: follow(prefix, counts) })
    done.push(counts.map((_, at) => prefix[at] ?? 0))
    for (let at = prefix.length; at < counts.length; at++) {
      const before = counts.slice(0, at).map((_, other) => prefix[other] ?? 0)
      for (let other = 1; other < (counts[at] ?? 0); other++) left.push([...before, other])
    }
  }
  return done
}

/** Three nodes tell a fourth one something. */
const meeting = (heard: Set<string>, texts: ReadonlyArray<string> = ["x"]): Scenario =>
  scenarioOf((world) => {
    const d = world.node("d")
    world.simulation.pass(0)
    for (const name of ["a", "b", "c"]) world.node(name).feed(does(...texts.map((text) => send("d", text))))
    world.simulation.pass(0)
    world.simulation.pass(1000)
    heard.add(heardBy(d).join(" "))
  })

describe("a run whose events are chosen", () => {
  it("comes to every order of what is on its way", () => {
    const heard = new Set<string>()
    runsOf(meeting(heard))
    expect(heard.size).toBe(6)
  })

  it("keeps the order of messages on a link", () => {
    const heard = new Set<string>()
    const two = scenarioOf((world: World) => {
      const [a, b, d] = [world.node("a"), world.node("b"), world.node("d")]
      world.simulation.pass(0)
      a.feed(does(send("d", "1"), send("d", "2")))
      b.feed(does(send("d", "1"), send("d", "2")))
      world.simulation.pass(1000)
      heard.add(heardBy(d).join(" "))
    })
    runsOf(two)
    expect(heard.size).toBe(6)
  })

  it("comes to the same run by the same choices, and to the same digest in the same state", () => {
    const run = (choices: ReadonlyArray<number>) => {
      const digests: Array<number> = []
      const { hash } = runPlan(
        meeting(new Set()),
        { scenario: "memory", seed: 1 },
        { choose: follow(choices, [], digests) }
      )
      return { hash, digests }
    }
    expect(run([2, 1, 0])).toEqual(run([2, 1, 0]))
    expect(run([2, 1, 0]).hash).not.toBe(run([0, 0, 0]).hash)
    expect(run([1]).digests[0]).toBe(run([2]).digests[0])
    expect(run([1]).digests[1]).not.toBe(run([0]).digests[1])
  })

  it("ends where nothing more is chosen", () => {
    let left = 2
    const report = runPlan(
      meeting(new Set()),
      { scenario: "memory", seed: 1 },
      { choose: () => (left-- > 0 ? 0 : undefined) }
    )
    expect(report.ended).toBe(true)
    expect(report.events).toBe(2)
  })

  it("chooses nothing while it settles", () => {
    const counts: Array<number> = []
    const settling = scenarioOf((world) => {
      const [a, b] = [world.node("a"), world.node("b")]
      a.feed(does(send("b", "1")))
      world.simulation.settle("b hears a", () => heardBy(b).length > 0, { withinMs: 100 })
    })
    runPlan(settling, { scenario: "memory", seed: 1 }, { choose: follow([], counts) })
    expect(counts).toEqual([])
  })
})
