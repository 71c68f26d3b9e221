import * as Effect from "effect/Effect"

/** How a person or a supervisor asks a program to end. */
export type Signal = "SIGINT" | "SIGTERM"

/** Waits for the first SIGINT or SIGTERM. While nobody waits, signals end the process at once. */
export const untilSignal: Effect.Effect<Signal> = Effect.callback<Signal>((resume) => {
  const got = (signal: Signal) => resume(Effect.succeed(signal))
  process.once("SIGINT", got)
  process.once("SIGTERM", got)
  return Effect.sync(() => {
    process.off("SIGINT", got)
    process.off("SIGTERM", got)
  })
})
