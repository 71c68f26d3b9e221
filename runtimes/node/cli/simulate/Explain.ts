import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import { drawTrace, type Plan, type TraceEvent } from "../../../../core/simulation/index.ts"
import {
  isShrinkable,
  type Looked,
  type SimulationWorker,
  type Subject,
  type Violated,
  type WorkerFailed
} from "../../../simulate/index.ts"
import { counted } from "../doctor/Words.ts"
import { planJson } from "./PlanText.ts"

/** How long a smaller plan is looked for, in seconds, and how many lines of a run's table are kept for looking at them. */
export const [shrinkSeconds, keptEvents] = [60, 4000]

/** A file that cannot be written. `message` is one sentence that says what to do. */
export class FileFailed extends Data.TaggedError("FileFailed")<{ readonly message: string }> {}

/** Writes a file, and the folder that it is to be in. */
export const writeText = (folder: string | undefined, name: string, text: string): Effect.Effect<string, FileFailed> =>
  Effect.try({
    try: () => {
      if (folder !== undefined) mkdirSync(folder, { recursive: true })
      const path = folder === undefined ? name : join(folder, name)
      writeFileSync(path, text)
      return path
    },
    catch: (cause) => {
      const why = cause instanceof Error && "code" in cause ? String(cause.code) : String(cause)
      return new FileFailed({
        message: `${name} cannot be written (${why}): name a place that can be with --out or --trace.`
      })
    }
  })

/** A failure with all that a person may want of it. */
export interface Explained {
  readonly subject: Subject
  /** As it was found, and with little else in its plan; the same where nothing was shrunk. */
  readonly found: Violated
  readonly violated: Violated
  /** How many runs it took to shrink it; `undefined` where nothing was. */
  readonly runs: number | undefined
  readonly looked: Looked
  /** Why the plan could not be made smaller, where it should have been. */
  readonly unshrunk: string | undefined
  /** Why there is no script, where there should be one. */
  readonly untold: string | undefined
  /** Why there are files that should have been written and are not. */
  readonly unwritten: ReadonlyArray<string>
  readonly files: {
    readonly plan: string | undefined
    readonly script: string | undefined
    readonly trace: string | undefined
  }
}

/** What is done with a failure. */
export interface ExplainOptions {
  readonly shrink: boolean
  readonly keepPlan: boolean
  readonly trace: string | undefined
  readonly out: string | undefined
}

/** What a run is called in drawings and names of files: `chain-vote-twice-17`. */
const nameOf = ({ mutant, system }: Subject, seed: number): string =>
  [system, ...(mutant === undefined ? [] : [mutant]), seed].join("-")

/** Draws a run, as one HTML file. */
export const draw = (subject: Subject, { plan, skipped, trace, violated }: Looked): string => {
  const cut = skipped === 0 ? "" : `, without the first ${counted(skipped, "event")}`
  const failure = violated === undefined ? {} : { failure: { invariant: violated.invariant, what: violated.what } }
  const title = `${nameOf(subject, plan.seed)}${cut}`
  return drawTrace({ title, nodes: nodesOf(trace), events: trace, plan, ...failure })
}

/** The nodes in the order of their names, numbers in them by their size. */
const nodesOf = (trace: ReadonlyArray<TraceEvent>): ReadonlyArray<string> => {
  const numbered = /^(\D*)(\d+)$/
  const key = (name: string): readonly [string, number] => {
    const [, letters = name, digits = "0"] = numbered.exec(name) ?? []
    return [letters, Number(digits)]
  }
  return [...new Set(trace.map(({ node }) => node))]
    .filter((name) => name !== "")
    .toSorted((a, b) => {
      const [[lettersA, numberA], [lettersB, numberB]] = [key(a), key(b)]
      return lettersA === lettersB ? numberA - numberB : lettersA < lettersB ? -1 : 1
    })
}

/** A run as a script, or why it cannot be told: nobody should miss a failure for that. */
interface Told {
  readonly text: string | undefined
  readonly why: string | undefined
}

const untold: Told = { text: undefined, why: undefined }

const tell = (worker: SimulationWorker, subject: Subject, { plan }: Violated): Effect.Effect<Told> =>
  worker.run(subject, { _tag: "Tell", plan }).pipe(
    Effect.map(({ text }): Told => ({ text, why: undefined })),
    Effect.catchTag("WorkerFailed", ({ message }) =>
      Effect.succeed({ text: undefined, why: message.split("\n", 1)[0] })
    )
  )

/**
 * Shrinks a failure, runs it once more for its events, and writes down what is to be kept.
 *
 * **Details**
 *
 * What may have taken a night to find is told also where nothing can be written.
 */
export const explain = Effect.fnUntraced(function* (
  worker: SimulationWorker,
  subject: Subject,
  found: Violated,
  { keepPlan, out, shrink, trace }: ExplainOptions,
  doing: (what: string) => void
): Effect.fn.Return<Explained, WorkerFailed> {
  let [violated, runs]: [Violated, number | undefined] = [found, undefined]
  let unshrunk: string | undefined
  if (shrink && isShrinkable(found)) {
    doing("shrinking the plan")
    const shrinking = worker.run(subject, { _tag: "Shrink", plan: found.plan, seconds: shrinkSeconds }, (soFar) =>
      doing(`shrinking the plan, ${soFar.runs} runs`)
    )
    yield* Effect.match(shrinking, {
      onSuccess: (shrunk) => ([violated, runs] = [shrunk.violated, shrunk.runs]),
      onFailure: ({ message }) => (unshrunk = message.split("\n", 1)[0])
    })
  }
  const looked = yield* worker.run(subject, { _tag: "Look", plan: violated.plan, keep: keptEvents })
  const name = `odradek-${nameOf(subject, violated.plan.seed)}`
  const story = keepPlan ? yield* tell(worker, subject, violated) : untold
  const unwritten: Array<string> = []
  const write = (folder: string | undefined, file: string, text: string): Effect.Effect<string | undefined> =>
    Effect.catchTag(writeText(folder, file, text), "FileFailed", ({ message }) =>
      Effect.sync(() => {
        unwritten.push(message)
        return undefined
      })
    )
  const files = {
    script: story.text === undefined ? undefined : yield* write(out, `${name}.script.txt`, story.text),
    plan: keepPlan ? yield* write(out, `${name}.plan.json`, planJson(violated.plan)) : undefined,
    trace: trace === undefined ? undefined : yield* write(undefined, trace, draw(subject, looked))
  }
  return { subject, found, violated, runs, looked, files, unshrunk, untold: story.why, unwritten }
})

/** The sentence by which a command fails, with what could not be written: that alone lets it fail, too. */
export const badWith = (bad: string | undefined, explained: Explained | undefined): string | undefined => {
  const all = [...(bad === undefined ? [] : [bad]), ...(explained?.unwritten ?? [])]
  return all.length === 0 ? undefined : all.join("\n")
}

/** Draws the run of a plan, whether it fails or not; gives the path of the drawing. */
export const drawPlan = Effect.fnUntraced(function* (
  worker: SimulationWorker,
  subject: Subject,
  plan: Plan,
  file: string
): Effect.fn.Return<string, WorkerFailed | FileFailed> {
  const looked = yield* worker.run(subject, { _tag: "Look", plan, keep: keptEvents })
  return yield* writeText(undefined, file, draw(subject, looked))
})
