import type { Deed } from "../../../core/scenarios/journal/JournalModel.ts"
import { numbers } from "./JournalWorld.ts"

/** `a3` and `a3-5` append, `d3` deletes to 3, `purge` purges, `mark` marks. */
const deedOf = (word: string): Deed => {
  if (word === "purge") return { _tag: "Purge" }
  if (word === "mark") return { _tag: "Mark" }
  const [from = 0, to = from] = word.slice(1).split("-").map(Number)
  return word.startsWith("a") ? { _tag: "Append", seqNrs: numbers(from, to) } : { _tag: "Delete", to: from }
}

/** What a story in words does to a journal, such as `a1-3 d2 purge a1`. */
export const deedsOf = (story: string): ReadonlyArray<Deed> => story.split(" ").map(deedOf)
