import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import { explore, seedsFrom } from "../../../../core/simulation/index.ts"
import {
  hunt,
  huntAll,
  isFound,
  mutants,
  openWorkers,
  runBatch,
  scenarioOf,
  SimulationWorker,
  WorkerFailed
} from "../../../../runtimes/simulate/index.ts"
import type { Batch, BatchOptions, Mutant, SeedsRan } from "../../../../runtimes/simulate/index.ts"

const options: BatchOptions = { subject: { system: "chain" }, first: 1, seeds: 24, isLate: () => false }

const batch = (workers: number, changed: Partial<BatchOptions> = {}): Promise<Batch> =>
  Effect.runPromise(
    Effect.scoped(Effect.flatMap(openWorkers(workers), (opened) => runBatch(opened, { ...options, ...changed })))
  )

const mutantNamed = (name: string): Mutant => {
  const found = mutants.chain.find((one) => one.name === name)
  if (found === undefined) throw new Error(`There is no planted bug ${name}.`)
  return found
}

const mad = { system: "chain", mutant: "vote-twice" } as const

describe("a batch of runs by workers", { timeout: 120_000 }, () => {
  it("comes to the same with any number of them, and to what one thread comes to", async () => {
    const { digest, events, marks, seeds, virtualMs } = explore(scenarioOf("chain"), seedsFrom(1, 24))
    const expected = { digest, events, marks, seeds, virtualMs, violated: undefined, endless: undefined }
    expect(await batch(1)).toMatchObject(expected)
    expect(await batch(3)).toMatchObject(expected)
  })

  it("ends with the first seed that fails, whichever worker has it", async () => {
    const [one, three] = [await batch(1, { subject: mad }), await batch(3, { subject: mad })]
    expect(one.violated?.plan.seed).toBe(one.seeds)
    expect(three).toEqual(one)
  })

  it("begins no more seeds when it is late, and has those before the last", async () => {
    let asked = 0
    const late = await batch(1, { seeds: 1000, isLate: () => ++asked > 1 })
    expect(late.seeds).toBe(50)
    expect(late.digest).toBe(explore(scenarioOf("chain"), seedsFrom(1, 50)).digest)
  })

  it("gives up a run that does not end, and says which it was", async () => {
    const impatient = new SimulationWorker(1)
    const { digest, endless, seeds } = await Effect.runPromise(runBatch([impatient], { ...options, first: 7 }))
    expect({ endless, seeds }).toEqual({ endless: 7, seeds: 0 })
    expect(digest).toBe(explore(scenarioOf("chain"), []).digest)
  })

  it("tells how far it is", async () => {
    const told: Array<number> = []
    await batch(2, { told: ({ seeds }) => told.push(seeds) })
    expect(told.at(-1)).toBe(24)
    expect(told.every((seeds, at) => seeds >= (told[at - 1] ?? 0) - 3)).toBe(true)
  })
})

describe("a hunt for a planted bug", { timeout: 120_000 }, () => {
  const hunting = { first: 1, seeds: 200, minutes: undefined, shrinkSeconds: 5 }

  it("ends with a failure, and a plan of it that is no greater", async () => {
    const hunted = await Effect.runPromise(
      Effect.scoped(
        Effect.flatMap(openWorkers(1), ([worker]) =>
          worker === undefined ? Effect.die("no worker") : hunt([worker], mutantNamed("vote-twice"), hunting)
        )
      )
    )
    expect(isFound(hunted)).toBe(true)
    const { shrunk, violated } = hunted
    expect(shrunk?.violated.invariant).toBe(violated?.invariant)
    expect(shrunk?.violated.plan.moves.length).toBeLessThan(violated?.plan.moves.length ?? 0)
  })

  it("has found a bug also where its plan cannot be shrunk", async () => {
    class Unshrinking extends SimulationWorker {
      override run: SimulationWorker["run"] = (subject, job, told) =>
        job._tag === "Shrink"
          ? Effect.fail(new WorkerFailed({ reason: "Endless", message: "A run has not ended." }))
          : super.run(subject, job, told)
    }
    const worker = new Unshrinking()
    const hunted = await Effect.runPromise(hunt([worker], mutantNamed("vote-twice"), hunting))
    worker.stop()
    expect(isFound(hunted)).toBe(true)
    expect(hunted.shrunk).toBeUndefined()
  })

  /** A worker whose first run with a bug, or also without one, fails in this way. */
  class Failing extends SimulationWorker {
    readonly #invariant: string
    readonly #isSound: boolean

    constructor(invariant: string, isSound: boolean) {
      super()
      this.#invariant = invariant
      this.#isSound = isSound
    }

    override run: SimulationWorker["run"] = (subject, job, told) => {
      if (job._tag !== "Seeds" || (subject.mutant === undefined && this.#isSound)) return super.run(subject, job, told)
      const plan = { scenario: "chain", seed: job.first, knobs: {}, moves: [], faults: [], chances: [] }
      const violated = { invariant: this.#invariant, what: "It is.", plan, hash: "1", events: 1, cause: undefined }
      const ran: SeedsRan = { _tag: "SeedsRan", hashes: [], events: 1, virtualMs: 1, marks: new Map(), violated }
      return Effect.succeed(ran as never)
    }
  }

  const huntedBy = async (invariant: string, isSound: boolean) => {
    const worker = new Failing(invariant, isSound)
    const options = { ...hunting, shrinkSeconds: 0 }
    const hunted = await Effect.runPromise(hunt([worker], mutantNamed("vote-twice"), options))
    worker.stop()
    return hunted
  }

  it("has found nothing where the scenario is used wrongly", async () => {
    const hunted = await huntedBy("misuse", true)
    expect(isFound(hunted)).toBe(false)
    expect(hunted.broken).toContain("The scenario fails by itself at seed 1 (misuse: It is.)")
  })

  it.each(["livelock", "throws TypeError", "S1 election safety"])(
    "has found a bug by %s only where the scenario without it is clean on that seed",
    async (invariant) => {
      expect(await huntedBy(invariant, true)).toMatchObject({ violated: { invariant } })
      const own = await huntedBy(invariant, false)
      expect(isFound(own)).toBe(false)
      expect(own.broken).toBe(
        `The scenario fails by itself at seed 1, also without the bug ("${invariant}"): mend that before bugs are planted in it.`
      )
    }
  )

  it.each(["chain", "journal", "log", "groups", "lambda"] as const)("is possible in %s", async (system) => {
    const planted = mutants[system].slice(0, 1)
    const all = await Effect.runPromise(
      Effect.scoped(
        Effect.flatMap(openWorkers(1), (workers) =>
          huntAll(workers, planted, { ...hunting, seeds: 2, shrinkSeconds: 0 }, () => Effect.void)
        )
      )
    )
    expect(all).toEqual([expect.objectContaining({ mutant: planted[0], seeds: expect.any(Number) })])
    expect(all[0]?.broken).toBeUndefined()
  })

  it("tells of those that cannot be hunted, and goes on", async () => {
    const stale: Mutant = { ...mutantNamed("vote-twice"), name: "nowhere" }
    const told: Array<string> = []
    const all = await Effect.runPromise(
      Effect.scoped(
        Effect.flatMap(openWorkers(2), (workers) =>
          huntAll(workers, [stale, mutantNamed("vote-twice")], { ...hunting, shrinkSeconds: 0 }, ({ mutant }) =>
            Effect.sync(() => told.push(mutant.name))
          )
        )
      )
    )
    expect(all.map(isFound)).toEqual([false, true])
    expect(all[0]?.broken).toContain("nowhere")
    expect(told.toSorted()).toEqual(["nowhere", "vote-twice"])
  })
})
