import { describe, expect, it } from "vitest"
import type { Machine } from "../../../core/machine/index.ts"
import { exhaust, replayChoices } from "../../../core/simulation/Exhaustive.ts"
import { nothing, send, SimulationFailed, task } from "../../../core/simulation/index.ts"
import type { Meaning, Node, Scenario, TraceEvent } from "../../../core/simulation/index.ts"

interface Told {
  readonly _tag: "Tick" | "Told"
  readonly from: string
  readonly text: string
}

/** A machine that hears what it is told, in order or not, and says nothing. */
const listener = (inOrder: boolean): Machine<ReadonlyArray<string>, Told, never> => ({
  step: (heard, { _tag, from, text }) => {
    if (_tag === "Tick") return [heard, []]
    const all = [...heard, `${from}${text}`]
    return [inOrder ? all : all.sort(), []]
  },
  wakeAt: () => undefined
})

interface Speech {
  readonly _tag: "Tick" | "Speak"
}

const speaker = (texts: ReadonlyArray<string>): Machine<number, Speech, string> => ({
  step: (said, { _tag }) => (_tag === "Tick" ? [said, []] : [texts.length, texts]),
  wakeAt: () => undefined
})

/** Speakers that each tell a listener so many things, over links that keep the order; `heard` looks at what it heard. */
const speeches = (
  speakers: number,
  texts: number,
  heard: (all: ReadonlyArray<string>) => void,
  inOrder = true
): Scenario => ({
  name: "speeches",
  knobs: {},
  seeds: 1,
  marks: {},
  run: (simulation) => {
    const ear = simulation.node<ReadonlyArray<string>, Told, never, string>({
      name: "ear",
      boot: () => ({
        machine: listener(inOrder),
        state: [],
        tick: () => ({ _tag: "Tick", from: "", text: "" }),
        perform: () => nothing,
        received: (from, text) => ({ _tag: "Told", from, text })
      })
    })
    const mouths: Array<Node<number, Speech>> = []
    for (let number = 0; number < speakers; number++) {
      mouths.push(
        simulation.node<number, Speech, string>({
          name: String.fromCharCode(97 + number),
          boot: () => ({
            machine: speaker(Array.from({ length: texts }, (_, at) => `${at}`)),
            state: 0,
            tick: () => ({ _tag: "Tick" }),
            perform: (text) => send("ear", text)
          })
        })
      )
    }
    for (const mouth of mouths) mouth.feed({ _tag: "Speak" })
    simulation.pass(1000)
    heard(ear.state())
  }
})

const factorial = (number: number): number => (number < 2 ? 1 : number * factorial(number - 1))

type ClientInput =
  | { readonly _tag: "Tick" }
  | { readonly _tag: "Go" }
  | { readonly _tag: "Read"; readonly value: number }
  | { readonly _tag: "Done" }
type ClientOutput = { readonly _tag: "Read" } | { readonly _tag: "Write"; readonly value: number }

/** Adds one to a register by reading and then writing it. */
const client: Machine<string, ClientInput, ClientOutput> = {
  step: (state, input) => {
    if (input._tag === "Go") return ["reads", [{ _tag: "Read" }]]
    if (input._tag === "Read") return ["writes", [{ _tag: "Write", value: input.value + 1 }]]
    return [input._tag === "Done" ? "done" : state, []]
  },
  wakeAt: () => undefined
}

/** Two clients of a register; with `atomic` the write is refused where the value is no longer the one that was read. */
const register = (atomic: boolean): Scenario => ({
  name: "register",
  knobs: {},
  seeds: 1,
  marks: {},
  run: (simulation) => {
    let value = 0
    const clients = ["a", "b"].map((name) =>
      simulation.node<string, ClientInput, ClientOutput>({
        name,
        boot: () => ({
          machine: client,
          state: "idle",
          status: (state) => state,
          tick: () => ({ _tag: "Tick" }),
          perform: (output): Meaning<ClientInput> =>
            task(undefined, () => {
              if (output._tag === "Read") return { _tag: "Read", value }
              if (atomic && output.value !== value + 1) return { _tag: "Read", value }
              value = output.value
              return { _tag: "Done" }
            })
        })
      })
    )
    simulation.digest(() => value)
    for (const node of clients) node.feed({ _tag: "Go" })
    simulation.pass(1000)
    if (value !== 2) simulation.fail("no update is lost", `Two clients added one, and the register has ${value}.`)
  }
})

/** Fails in one order only: the last speaker is heard first, and so on. */
const oneOrder = speeches(3, 1, (all) => {
  if (all.join() === "c0,b0,a0") throw new Error("It came in the one order.")
})

describe("an exhaustive search", () => {
  it.each([
    [2, 2],
    [3, 1],
    [2, 3],
    [3, 2]
  ])("runs every order once of what %i speakers say in %i messages each", (speakers, texts) => {
    const orders: Array<string> = []
    const scenario = speeches(speakers, texts, (all) => orders.push(all.join()))
    const result = exhaust(scenario, { maxEvents: 20, prune: false })
    // Each link keeps its order; and the listener may look at the clock before it hears anything, or need not any more.
    const expected = factorial(speakers * texts) / factorial(texts) ** speakers
    expect(result).toMatchObject({
      complete: true,
      cut: 0,
      violation: undefined,
      runs: 2 * expected,
      ends: 2 * expected
    })
    expect(new Set(orders).size).toBe(expected)
  })

  it("comes to the same ends with far fewer runs when it knows states again", () => {
    const ends: Array<string> = []
    const scenario = speeches(3, 3, (all) => ends.push(all.join()), false)
    const pruned = exhaust(scenario, { maxEvents: 20 })
    expect(new Set(ends)).toEqual(new Set(["a0,a1,a2,b0,b1,b2,c0,c1,c2"]))
    expect(pruned.complete).toBe(true)
    // So many messages heard of each speaker; at the beginning, the clock looked at or not; at the end nothing is left.
    expect(pruned.states).toBe(4 * 4 * 4)
    expect(pruned.runs).toBeLessThan((2 * factorial(9)) / factorial(3) ** 3 / 20)
  })

  it("finds a bug that needs one exact order, and says how to see it again", () => {
    const { violation } = exhaust(oneOrder, { maxEvents: 20 })
    expect(violation?.what).toContain("It came in the one order.")
    const trace: Array<TraceEvent> = []
    const replay = () =>
      replayChoices(oneOrder, violation?.plan ?? { scenario: "", seed: 0 }, violation?.choices ?? [], (event) =>
        trace.push(event)
      )
    expect(replay).toThrow(SimulationFailed)
    expect(trace).toEqual(violation?.trace)
    expect(trace.filter(({ kind }) => kind === "deliver").map(({ from }) => from)).toEqual(["c", "b", "a"])
    expect(violation?.message).toContain("replayChoices(speeches")
  })

  it("finds the lost update, in as few choices as it takes", () => {
    const { violation } = exhaust(register(false), { maxEvents: 20 })
    expect(violation).toMatchObject({
      invariant: "no update is lost",
      what: "Two clients added one, and the register has 1."
    })
    expect(violation?.trace.filter(({ kind }) => kind === "effect").map(({ node, what }) => `${node} ${what}`)).toEqual(
      ["a Read", "b Read", "a Write", "b Write"]
    )
  })

  it("goes through all of a correct machine and finds nothing", () => {
    const result = exhaust(register(true), { maxEvents: 40 })
    expect(result).toMatchObject({ complete: true, cut: 0, violation: undefined })
    expect(result.states).toBeGreaterThan(20)
  })

  it("says when it did not see everything", () => {
    const short = exhaust(register(true), { maxEvents: 3 })
    expect(short.complete).toBe(true)
    expect(short.cut).toBeGreaterThan(0)
    let runs = 0
    const stopped = exhaust(register(true), { maxEvents: 40, goOn: () => runs++ < 5 })
    expect(stopped).toMatchObject({ complete: false, runs: 5 })
  })

  it("finds a state again that it had come to later, with fewer events left", () => {
    // The violation lies at the last of the events that a run may have, on the shortest way to it.
    for (let maxEvents = 1; maxEvents <= 12; maxEvents++) {
      const pruned = exhaust(oneOrder, { maxEvents })
      const whole = exhaust(oneOrder, { maxEvents, prune: false })
      expect(pruned.violation === undefined).toBe(whole.violation === undefined)
    }
  })
})
