import type { Action } from "../model/Action.ts"
import { appended, deleted } from "./Fold.ts"
import type { JournalState } from "./Fold.ts"

/**
 * What a run of one journal's actions amounts to, over a state of the journal that is not known yet.
 *
 * **Details**
 *
 * `first` is the offset of the first action after the last purge (`undefined`: nothing came after it), `last` that of the
 * last action, a purge included. After a purge (`purged`) what was before the run does not count any more.
 *
 * The run's effect on a journal that exists is told by three numbers, each 0 where there is none: `appendedTo`, the
 * highest sequence number appended; `deleteTo`, the furthest that a delete asks for; `deletedTo`, the furthest that one
 * reaches among the numbers that the run itself had appended before it. `alone` is the state that the run makes of a
 * journal that does not exist.
 */
export interface TailSummary {
  readonly first: number | undefined
  readonly last: number
  readonly purged: boolean
  readonly appendedTo: number
  readonly deleteTo: number
  readonly deletedTo: number
  readonly alone: JournalState | undefined
}

const nothing: Omit<TailSummary, "last"> = {
  first: undefined,
  purged: false,
  appendedTo: 0,
  deleteTo: 0,
  deletedTo: 0,
  alone: undefined
}

/** The run with one more action at the end, `undefined` being an empty run. A mark changes nothing. */
export const extended = (before: TailSummary | undefined, action: Action, offset: number): TailSummary | undefined => {
  if (action._tag === "Mark") return before
  if (action._tag === "Purge") return { ...nothing, last: offset, purged: true }
  const run = before ?? nothing
  const { alone, appendedTo, deleteTo, deletedTo, purged } = run
  const first = run.first ?? offset
  if (action._tag === "Append") {
    const to = Math.max(appendedTo, action.range.to)
    return { first, last: offset, purged, appendedTo: to, deleteTo, deletedTo, alone: appended(alone, action.range) }
  }
  return {
    first,
    last: offset,
    purged,
    appendedTo,
    deleteTo: Math.max(deleteTo, action.to),
    deletedTo: Math.max(deletedTo, Math.min(action.to, appendedTo)),
    alone: deleted(alone, action.to)
  }
}

/**
 * The journal's state after the run, begun from `base`.
 *
 * **Gotchas**
 *
 * Doing it twice is not doing it once: the base must have none of the run's actions in it.
 */
export const over = (run: TailSummary, base: JournalState | undefined): JournalState | undefined => {
  if (run.purged || base === undefined) return run.alone
  return {
    seqNr: Math.max(base.seqNr, run.appendedTo),
    deleteTo: Math.max(base.deleteTo, run.deletedTo, Math.min(run.deleteTo, base.seqNr))
  }
}
