import * as Effect from "effect/Effect"

/**
 * Writes to stdout and ends when the system has taken it, which is the backpressure.
 *
 * **Gotchas**
 *
 * It does not end when nobody reads stdout any more: the whole program is then ended by {@link untilStdoutCloses}.
 */
export const writeOut = (text: string): Effect.Effect<void> =>
  Effect.callback<void>((resume) => {
    process.stdout.write(text, (error) => {
      if (error == null) resume(Effect.void)
    })
  })

/** Writes a line to stdout. */
export const sayOut = (line: string): Effect.Effect<void> => writeOut(`${line}\n`)

/** Waits until nobody reads stdout any more, as after `| head`; dies of any other failure of stdout. */
export const untilStdoutCloses: Effect.Effect<void> = Effect.callback<void>((resume) => {
  const failed = (error: Error) => resume("code" in error && error.code === "EPIPE" ? Effect.void : Effect.die(error))
  process.stdout.on("error", failed)
  return Effect.sync(() => process.stdout.off("error", failed))
})
