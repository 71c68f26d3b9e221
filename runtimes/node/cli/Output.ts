import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import { statusLine } from "./Progress.ts"

/** Output that was not taken. `message` is one sentence that says what to do. */
export class OutputError extends Data.TaggedError("OutputError")<{
  readonly message: string
  readonly cause: unknown
}> {}

/**
 * Writes to stdout and ends when the system has taken it, which is the backpressure.
 *
 * **Gotchas**
 *
 * It does not end when nobody reads stdout any more: the whole program is then ended by {@link untilStdoutCloses}.
 */
export const writeOut = (text: string): Effect.Effect<void> =>
  Effect.callback<void>((resume) => {
    statusLine.hide()
    process.stdout.write(text, (error) => {
      if (error == null) resume(Effect.void)
    })
  })

/** Writes a line to stdout. */
export const sayOut = (line: string): Effect.Effect<void> => writeOut(`${line}\n`)

/** What is done whether or not anybody hears of it, and must not be done again. */
let done: string | undefined

/**
 * Writes a line to stdout that tells of a change of the log or of a store.
 *
 * **Details**
 *
 * `what` says the same as a part of a sentence: that is what a person is told where stdout takes nothing.
 */
export const sayDone = (line: string, what: string): Effect.Effect<void> =>
  Effect.suspend(() => {
    done = what
    return sayOut(line)
  })

/** Waits until nobody reads stdout any more, as after `| head`; fails when stdout takes nothing for another reason. */
export const untilStdoutCloses: Effect.Effect<void, OutputError> = Effect.callback<void, OutputError>((resume) => {
  const failed = (cause: Error) => {
    const code = "code" in cause ? String(cause.code) : cause.message
    if (code === "EPIPE") return resume(Effect.void)
    const but = done === undefined ? "and not all was: check where it goes, and run this again" : `but ${done}`
    const message = `Standard output cannot be written (${code}), ${but}.`
    resume(Effect.fail(new OutputError({ message, cause })))
  }
  process.stdout.on("error", failed)
  return Effect.sync(() => process.stdout.off("error", failed))
})
