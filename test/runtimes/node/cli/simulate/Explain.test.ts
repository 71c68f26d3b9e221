import * as Effect from "effect/Effect"
import { expect, it } from "vitest"
import { explain } from "../../../../../runtimes/node/cli/simulate/Explain.ts"
import { explainedText } from "../../../../../runtimes/node/cli/simulate/ExplainedText.ts"
import { type Job, SimulationWorker, type Subject, WorkerFailed } from "../../../../../runtimes/simulate/index.ts"

const plan = { scenario: "chain", seed: 7, knobs: {}, moves: [], faults: [], chances: [] }
const violated = { invariant: "S1 election safety", what: "Two lead.", plan, hash: "1", events: 3, cause: undefined }
const looked = {
  _tag: "Looked",
  trace: [],
  skipped: 0,
  unused: [],
  hash: "1",
  events: 3,
  virtualMs: 1,
  marks: new Map(),
  plan,
  violated
}

/** A worker whose runs end, except where it shrinks. */
class Unshrinking extends SimulationWorker {
  override run = ((_: Subject, job: Job) =>
    job._tag === "Look"
      ? Effect.succeed(looked)
      : Effect.fail(
          new WorkerFailed({ reason: "Endless", message: "A run has not ended." })
        )) as unknown as SimulationWorker["run"]
}

it("tells of a failure also where a smaller plan of it has no end", async () => {
  const options = { shrink: true, keepPlan: false, trace: undefined, out: undefined }
  const explaining = explain(new Unshrinking(), { system: "chain" }, violated, options, () => undefined)
  const explained = await Effect.runPromise(explaining)
  expect(explained.violated).toBe(violated)
  const text = explainedText(explained)
  expect(text).toContain("violated: S1 election safety: Two lead.\nfound: odradek simulate chain --seed 7")
  expect(text).toContain("\nshrunk: not, as that failed: A run has not ended.\n")
})
