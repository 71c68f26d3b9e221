import * as Effect from "effect/Effect"
import type { JournalHead, JournalStore } from "../ports/index.ts"

/** The heads of those of the journals that have one, by id, where `headOf` finds one at a time. */
export const headsOf = (
  ids: ReadonlyArray<string>,
  headOf: (id: string) => JournalHead | undefined
): ReadonlyMap<string, JournalHead> => {
  const heads = new Map<string, JournalHead>()
  for (const id of ids) {
    const head = headOf(id)
    if (head !== undefined) heads.set(id, head)
  }
  return heads
}

/**
 * Reads the heads of journals one by one, so many of them beside one another.
 *
 * **When to use**
 *
 * For the `heads` of a store that has no better way, over its own `head`.
 */
export const headsBy =
  (head: JournalStore["head"], concurrency = 16): JournalStore["heads"] =>
  (topic, ids) =>
    Effect.map(
      Effect.forEach(ids, (id) => head({ topic, id }), { concurrency }),
      (found) => {
        const heads = new Map(ids.map((id, at) => [id, found[at]] as const))
        return headsOf(ids, (id) => heads.get(id))
      }
    )
