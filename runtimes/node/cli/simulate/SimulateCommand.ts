import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import { openWorkers } from "../../../simulate/index.ts"
import { sayOut } from "../Output.ts"
import { withProgress } from "../Progress.ts"
import { type Ask, readAsk, type SimulateInput } from "./Ask.ts"
import { simulateBatch } from "./BatchReport.ts"
import { huntEach, huntOne } from "./HuntReport.ts"
import { listMutants } from "./ListMutants.ts"
import type { Doing, Workers } from "./Outcome.ts"
import { replay } from "./ReplayReport.ts"

/** The simulation has found what should not be, or has not found what should be. `message` says so in a sentence. */
export class SimulationBad extends Data.TaggedError("SimulationBad")<{ readonly message: string }> {}

const outcomeOf = (ask: Ask, workers: Workers, doing: Doing) => {
  switch (ask._tag) {
    case "Batch":
      return simulateBatch(ask, workers, doing)
    case "Replay":
      return replay(ask, workers[0], doing)
    case "Hunt":
      return huntOne(ask, workers, doing)
    case "HuntAll":
      return huntEach(ask, workers, doing)
    case "List":
      return Effect.succeed(listMutants(ask))
  }
}

/** Runs what is asked for, tells what came of it, and fails where that is bad. */
export const runSimulate = Effect.fnUntraced(function* (input: SimulateInput) {
  const ask = yield* Effect.fromResult(readAsk(input))
  const [first, ...others] = yield* openWorkers(ask.workers)
  if (first === undefined) return
  const outcome = yield* withProgress({ silent: ask.json || ask.quiet }, (doing) =>
    outcomeOf(ask, [first, ...others], doing)
  )
  yield* sayOut(ask.json ? JSON.stringify(outcome.json) : outcome.text)
  if (outcome.bad !== undefined) return yield* new SimulationBad({ message: outcome.bad })
})
