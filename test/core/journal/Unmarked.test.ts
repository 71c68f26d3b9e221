import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { Journal, JournalError } from "../../../core/journal/index.ts"
import { CommitLogError } from "../../../core/ports/index.ts"
import { memoryWorld, openJournal } from "./JournalWorld.ts"

const topic = "orders"

/** A world whose log can be asked for everything, and takes nothing any more. */
const fullWorld = () => {
  const world = memoryWorld()
  const error = new CommitLogError({
    operation: "append",
    reason: "Unreachable",
    topic,
    partition: 0,
    message: "Nothing was appended to orders-0, no broker took it: append it again."
  })
  return { ...world, log: { ...world.log, append: () => Effect.fail(error) } }
}

const operations = (journal: Journal<unknown>): Record<string, Effect.Effect<unknown, JournalError>> => ({
  read: Stream.runCollect(journal.read()),
  append: journal.append([{ payload: 1 }]),
  delete: journal.delete(1),
  "purge expired": journal.purgeExpired("1999-12-31")
})

const because = (mark: string) =>
  `since ${mark} could not be appended to orders-0: see that its broker is up and the partition not damaged, and`

describe("where the mark cannot be appended", () => {
  const sentences: ReadonlyArray<readonly [string, string]> = [
    ["read", `Nothing was read of journal "1", ${because("the mark that a read begins with")} read again.`],
    [
      "append",
      `Nothing was appended to journal "1", ${because("the mark that its last number is found out by")} append again.`
    ],
    [
      "delete",
      `Nothing was deleted of journal "1", ${because("the mark that its last number is found out by")} delete again.`
    ],
    ["purge expired", `Journal "1" was not purged, ${because("the mark that its expiry is looked up by")} purge again.`]
  ]
  for (const [operation, sentence] of sentences) {
    it.live(`it is said of what was asked for: ${operation}`, () =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(operations(openJournal(fullWorld(), topic, "1"))[operation] ?? Effect.void)
        expect([error.reason, error.message]).toEqual(["Unavailable", sentence])
      })
    )
  }
})
