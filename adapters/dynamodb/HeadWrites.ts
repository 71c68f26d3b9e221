import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { JournalHead, JournalKey, WriteStep } from "../../core/ports/index.ts"
import { failureOf, journalName, refused } from "../../core/store/index.ts"
import type { RequestFailure } from "./DynamoDbError.ts"
import { headItem, purgedItem } from "./HeadItem.ts"
import { readMarker, readPointer } from "./HeadReads.ts"
import type { Item } from "./Item.ts"
import { unless } from "./TableRequests.ts"
import type { Condition, TableRequests } from "./TableRequests.ts"

type PutHead = Extract<WriteStep, { readonly _tag: "PutHead" }>
type RemoveHead = Extract<WriteStep, { readonly _tag: "RemoveHead" }>

/** The failure of a write to a journal whose head another replicator has written since. */
const fencedHead = (key: JournalKey): RequestFailure =>
  failureOf(
    "write",
    refused(
      "Fenced",
      `Another replicator has written the head of ${journalName(key)}: ` +
        "stop this one, or let it start again from the pointer."
    )
  )

/** That the stored head is this one, as far as it matters; the values are named with `prefix`. */
const isHead = (head: JournalHead, prefix: string): { readonly expression: string; readonly values: Item } => {
  const values: Item = {
    [`:${prefix}Partition`]: { N: String(head.partition) },
    [`:${prefix}Offset`]: { N: String(head.offset) },
    [`:${prefix}SeqNr`]: { N: String(head.seqNr) },
    [`:${prefix}DeleteTo`]: { N: String(head.deleteTo) },
    [`:${prefix}RecordId`]: { S: head.recordId }
  }
  const expression =
    `#partition = :${prefix}Partition AND #offset = :${prefix}Offset AND seqNr = :${prefix}SeqNr ` +
    `AND deleteTo = :${prefix}DeleteTo AND recordId = :${prefix}RecordId`
  return { expression, values }
}

const names = { "#partition": "partition", "#offset": "offset" }

/** When a head may take the place of another: that one is still there, or the one that is being written is already. */
const mayReplace = (head: JournalHead, previous: JournalHead): Condition => {
  const before = isHead(previous, "before")
  const after = isHead(head, "after")
  return {
    expression: `(${before.expression}) OR (${after.expression})`,
    names,
    values: { ...before.values, ...after.values }
  }
}

/**
 * When a journal may be begun with a head: where nothing is in its place, or the marker of a purge below this offset; what
 * was begun with this very head is begun. Whoever finds another head there has planned without it.
 */
const mayBegin = (head: JournalHead): Condition => {
  const after = isHead(head, "head")
  return {
    expression:
      "attribute_not_exists(pk) " +
      `OR (attribute_exists(purged) AND #partition = :headPartition AND #offset < :headOffset) OR (${after.expression})`,
    names,
    values: after.values
  }
}

/** When a journal may be begun with a head whatever a marker says: while it is the one that was seen. */
const mayReplaceMarker = (head: JournalHead, marker: string): Condition => {
  const after = isHead(head, "head")
  return {
    expression: `writeId = :marker OR (${after.expression})`,
    names,
    values: { ...after.values, ":marker": { S: marker } }
  }
}

/**
 * Begins a journal; `looked` is where the partition's pointer was.
 *
 * **Details**
 *
 * A replicator that would begin a journal at an offset which another one has passed is out of date: the journal has a head
 * then, or was purged since, which a marker in its place says. Only where the pointer was put back is a purge from beyond
 * it no reason to stop, since the log is then replicated once more. A purge of what is behind the pointer alone is marked, so
 * that a pointer which is read after the marker tells, and no other marker may have come since.
 */
const beginJournal = (
  requests: TableRequests,
  buckets: number,
  { head, key }: PutHead,
  looked: number | undefined
): Effect.Effect<void, RequestFailure> => {
  const refuse = Effect.fail(fencedHead(key))
  const put = (condition: Condition) => requests.put("write", headItem(key, head, buckets), condition)
  const isPassed = (pointer: number | undefined): boolean => pointer !== undefined && pointer >= head.offset
  const beginAgain = Effect.flatMap(readMarker(requests, buckets, "write", key), (marker) =>
    marker === undefined
      ? refuse
      : Effect.flatMap(readPointer(requests, "write", key.topic, head.partition), (pointer) =>
          isPassed(pointer) ? refuse : unless(put(mayReplaceMarker(head, marker)), refuse)
        )
  )
  return isPassed(looked) ? refuse : unless(put(mayBegin(head)), beginAgain)
}

/** How many heads of one write are under way at once. */
const headsAtOnce = 16

/** Reads where the partitions are in which journals begin, each once, before any of the heads is written. */
const pointersOf = (
  requests: TableRequests,
  steps: ReadonlyArray<PutHead>
): Effect.Effect<ReadonlyMap<string, number | undefined>, RequestFailure> => {
  const places = new Map<string, PutHead>()
  for (const step of steps) if (step.previous === undefined) places.set(placeOf(step), step)
  return Effect.map(
    Effect.forEach(
      places,
      ([place, { head, key }]) =>
        Effect.map(readPointer(requests, "write", key.topic, head.partition), (pointer) => [place, pointer] as const),
      { concurrency: headsAtOnce }
    ),
    (found) => new Map(found)
  )
}

const placeOf = ({ head, key }: PutHead): string => `${head.partition}/${key.topic}`

/**
 * Writes the heads of some journals. One is never taken back: another replicator may have read it, and gone on from there.
 */
export const putHeads = (
  requests: TableRequests,
  buckets: number,
  steps: ReadonlyArray<PutHead>
): Effect.Effect<void, RequestFailure> =>
  Effect.flatMap(pointersOf(requests, steps), (pointers) =>
    Effect.forEach(
      steps,
      (step) =>
        step.previous === undefined
          ? beginJournal(requests, buckets, step, pointers.get(placeOf(step)))
          : unless(
              requests.put("write", headItem(step.key, step.head, buckets), mayReplace(step.head, step.previous)),
              Effect.fail(fencedHead(step.key))
            ),
      { concurrency: headsAtOnce, discard: true }
    )
  )

/**
 * Removes the head that the plan was made from; it may be gone already.
 *
 * **Details**
 *
 * A marker takes its place, or that of nothing, which says where the journal was purged. A marker from further on stays.
 */
export const removeHead = (
  requests: TableRequests,
  buckets: number,
  { key, offset, partition, previous }: RemoveHead
): Effect.Effect<void, RequestFailure> =>
  Effect.flatMap(Clock.currentTimeMillis, (now) => {
    const before = previous === undefined ? undefined : isHead(previous, "before")
    const condition: Condition = {
      expression:
        "attribute_not_exists(pk) " +
        "OR (attribute_exists(purged) AND #partition = :partition AND #offset <= :offset)" +
        (before === undefined ? "" : ` OR (${before.expression})`),
      names,
      values: { ":partition": { N: String(partition) }, ":offset": { N: String(offset) }, ...before?.values }
    }
    const marker = purgedItem(key, { partition, offset }, buckets, crypto.randomUUID(), now)
    const unlessMarked = Effect.flatMap(readMarker(requests, buckets, "write", key), (found) =>
      found === undefined ? Effect.fail(fencedHead(key)) : Effect.void
    )
    return unless(requests.put("write", marker, condition), unlessMarked)
  })
