import { createReadStream } from "node:fs"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import type { Scope } from "effect/Scope"

/** Input that cannot be read. `message` is one sentence that says what to do. */
export class InputError extends Data.TaggedError("InputError")<{ readonly message: string; readonly cause: unknown }> {}

/** Reads the next bytes of a file, or of stdin; `undefined` at the end. */
export const openInput = Effect.fnUntraced(function* (
  file: string | undefined
): Effect.fn.Return<Effect.Effect<Uint8Array | undefined, InputError>, never, Scope> {
  const name = file === undefined ? "Standard input" : `File ${file}`
  const stream = yield* Effect.acquireRelease(
    Effect.sync(() => (file === undefined ? process.stdin : createReadStream(file))),
    (one) => Effect.sync(() => one.destroy())
  )
  const chunks: AsyncIterator<Uint8Array> = stream[Symbol.asyncIterator]()
  return Effect.tryPromise({
    try: () => chunks.next(),
    catch: (cause) => {
      const said = cause instanceof Error && "code" in cause ? String(cause.code) : String(cause)
      return new InputError({
        message: `${name} cannot be read (${said}): check that it is there and readable.`,
        cause
      })
    }
  }).pipe(Effect.map((next) => (next.done === true ? undefined : next.value)))
})
