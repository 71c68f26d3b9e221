import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { jsonPayload, makeJournals } from "../../core/journal/index.ts"
import type { Area } from "./Bench.ts"
import { partition, payload, withFixture } from "./Fixture.ts"

const topic = "recovery"

/** Reads of a journal that nothing was replicated of. */
export const recovery: Area = {
  name: "recovery",
  run: (report) =>
    withFixture(({ log, send, store }) =>
      Effect.gen(function* () {
        const journal = makeJournals({ log, store, topic, payload: jsonPayload }).journal("read")
        yield* Effect.forEach(Array.from({ length: 1000 }), () => journal.append([{ payload }]), { concurrency: 64 })
        const message = { key: "other", value: JSON.stringify(payload), partition }
        yield* Effect.promise(() =>
          report({
            name: "recover 1000 events from the log",
            unit: "reads",
            subject: {
              name: "journal.read",
              run: () => Effect.runPromise(Effect.as(Stream.runDrain(journal.read()), 1))
            },
            baseline: {
              name: "one produce and one raw fetch",
              run: () =>
                Effect.runPromise(
                  Effect.as(
                    Effect.andThen(
                      Effect.promise(() => send("marks", [message])),
                      log.read({ topic, partition, offset: 0, maxBytes: 1024 * 1024, maxWaitMs: 0 })
                    ),
                    1
                  )
                )
            }
          })
        )
      })
    )
}
