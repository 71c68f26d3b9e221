import type * as Package from "@platformatic/kafka"
import * as Effect from "effect/Effect"
import { PlatformaticSetupError } from "./PlatformaticSetupError.ts"

/** What this adapter uses of `@platformatic/kafka`: its connections and its requests, without its client. */
export type Platformatic = typeof Package

/** Loads the package when it is first needed, so that a program which never appends through it does not pay for it. */
export const loadPlatformatic: Effect.Effect<Platformatic, PlatformaticSetupError> = Effect.tryPromise({
  try: () => import("@platformatic/kafka"),
  catch: (cause) =>
    new PlatformaticSetupError({
      reason: "NotInstalled",
      message:
        "The package @platformatic/kafka cannot be loaded: install it with `npm install @platformatic/kafka` (it needs Node 22.22 or 24.6).",
      cause
    })
})
