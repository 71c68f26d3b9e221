import type { Simulation } from "./Simulation.ts"

/**
 * Machines, their workload, and what must hold of them: what a simulation runs.
 *
 * **When to use**
 *
 * To look for violations in thousands of schedules that no hand-written test would think of, and to see the one that was
 * found again, with little else around it.
 *
 * **Details**
 *
 * - `knobs`: the values that a seed draws one of for each knob; the first is the calm one (0 and 1 for no and yes). A run
 *   in which everything is equally likely hides what only extremes bring about: name tiny and huge values
 * - `seeds`: how many runs a batch has
 * - `marks`: how often at least a batch must have come to each mark; faults are counted by their kinds
 * - `run`: builds nodes, runs the workload and settles; it fails through `simulation.fail`. It is called once for each
 *   run, and must make everything anew
 * - `command`: the command that runs the scenario, where there is one; ` --seed` and the seed are added to it
 *
 * **Gotchas**
 *
 * What a scenario decides comes from its knobs, `simulation.random`, `simulation.chance` and the generator that each move
 * is given, never from elsewhere, or a seed does not repeat its run. A move that chooses among things by their order
 * chooses another one where a shrunk plan has fewer of them; that is all right, as long as it still makes sense.
 *
 * **Example** (A lock that must never be granted to two)
 *
 * ```ts
 * const lock: Scenario = {
 *   name: "lock",
 *   knobs: { writing: [1, 30], faults: [0, 30] },
 *   seeds: 200,
 *   marks: { granted: 500, crash: 100 },
 *   run: (simulation) => {
 *     let disk: string | undefined
 *     let holder: string | undefined
 *     simulation.tasks({ meanMs: simulation.knob("writing") })
 *     const server = simulation.node<State, Input, Output>({
 *       name: "server",
 *       boot: () => ({
 *         machine: lockServer,
 *         state: { holder: disk },
 *         tick: (now) => ({ _tag: "Tick", now }),
 *         perform: (output) =>
 *           output._tag === "Write"
 *             ? task("disk", () => {
 *                 disk = output.holder
 *                 return { _tag: "Written", holder: output.holder }
 *               })
 *             : answer(() => {
 *                 simulation.mark("granted")
 *                 if (holder !== undefined) simulation.fail("one holder", `${output.to} has it, and so has ${holder}.`)
 *                 holder = output.to
 *               })
 *       })
 *     })
 *     simulation.nemesis({
 *       nodes: ["server"],
 *       kinds: ["crash", "crash at an effect", "crash at an output", "pause"],
 *       gapMs: simulation.knob("faults")
 *     })
 *     simulation.run({ moves: 40, gapMs: 10 }, [
 *       { name: "acquire", weight: 2, run: (random) => server.feed({ _tag: "Acquire", by: random.pick(["a", "b"]) }) },
 *       {
 *         name: "release",
 *         weight: 1,
 *         run: () => {
 *           if (holder === undefined || !server.alive()) return
 *           server.feed({ _tag: "Release", by: holder })
 *           holder = undefined
 *         }
 *       }
 *     ])
 *     simulation.settle("the server is up", () => server.alive(), { withinMs: 1000 })
 *   }
 * }
 *
 * it("never grants the lock to two", () => void check(lock))
 * ```
 *
 * A server that says "granted" before its disk knows fails with one crash and two moves: everything else was left out of
 * the plan, and the table shows the grant, the crash, and the second grant.
 */
export interface Scenario {
  readonly name: string
  readonly knobs: Readonly<Record<string, ReadonlyArray<number>>>
  readonly seeds: number
  readonly marks: Readonly<Record<string, number>>
  readonly run: (simulation: Simulation) => void
  readonly command?: string
}
