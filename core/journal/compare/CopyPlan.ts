import * as Struct from "effect/Struct"
import { purgeSteps } from "../fold/ReplicationPlan.ts"
import type { EventRecord, JournalHead, JournalKey, WriteStep } from "../../ports/index.ts"

/** The steps that forget what a store has of a journal, as if it were purged right behind that. */
export const forgetSteps = (key: JournalKey, found: JournalHead): ReadonlyArray<WriteStep> =>
  purgeSteps(key, found, found.offset)

/**
 * How one journal is brought from one store to another.
 *
 * **Details**
 *
 * `before` comes first; then the events from `from` on, page by page, as `events` makes steps of them; and then `after`,
 * the head and what it no longer promises. `undefined` where the other store has the journal as it is, or is ahead.
 */
export interface CopyPlan {
  readonly before: ReadonlyArray<WriteStep>
  readonly from: number
  readonly to: number
  readonly events: (page: ReadonlyArray<EventRecord>) => WriteStep
  readonly after: ReadonlyArray<WriteStep>
}

/**
 * Plans the copy of a journal that has the head `source` in one store and, from an earlier copy that was cut short,
 * `found` in the other.
 *
 * **Details**
 *
 * Heads are written after their events, so that a head that is there says that its events are, and a copy that is begun
 * again goes on after what is there. A store's own note of its layout stays in that store.
 */
export const planCopy = (
  key: JournalKey,
  source: JournalHead,
  found: JournalHead | undefined
): CopyPlan | undefined => {
  const same = found?.recordId === source.recordId ? found : undefined
  if (same !== undefined && same.offset >= source.offset) return undefined
  const bare: JournalHead = Struct.omit(source, ["layout"])
  const head: JournalHead = same?.layout === undefined ? bare : { ...bare, layout: same.layout }
  const put: WriteStep = { _tag: "PutHead", key, head, previous: same }
  // Also what was deleted since an earlier copy has brought it, and had not come to the head.
  const [from, to] = [(same?.deleteTo ?? 0) + 1, head.deleteTo]
  return {
    before: found === undefined || same !== undefined ? [] : forgetSteps(key, found),
    from: Math.max(head.deleteTo, same?.seqNr ?? 0) + 1,
    to: head.seqNr,
    events: (events) => ({ _tag: "PutEvents", key, head, previous: same, events }),
    after: from <= to ? [put, { _tag: "RemoveEvents", key, head, from, to }] : [put]
  }
}
