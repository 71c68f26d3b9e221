import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { JournalHead, JournalKey, WriteStep } from "../../core/ports/index.ts"
import { failureOf, fencedPointer, journalName, refused } from "../../core/store/index.ts"
import type { RequestFailure } from "./DynamoDbError.ts"
import { headItem, purgedItem } from "./HeadItem.ts"
import { readPointer } from "./HeadReads.ts"
import type { Item } from "./Item.ts"
import { pointerKey } from "./Keys.ts"
import type { Condition, TableRequests } from "./TableRequests.ts"

type PutHead = Extract<WriteStep, { readonly _tag: "PutHead" }>
type PutPointer = Extract<WriteStep, { readonly _tag: "PutPointer" }>

/** The failure of a write to a journal whose head another replicator has written since. */
export const fencedHead = (key: JournalKey): RequestFailure =>
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
 * When a journal may be begun with a head: there is none, nor one from before, and a journal that was there before was
 * purged below this offset. A head must not be taken back to an earlier offset. With `anew` the journal may have been
 * purged anywhere.
 */
const mayBegin = (head: JournalHead, anew: boolean): Condition => ({
  expression:
    "attribute_not_exists(pk) OR #partition <> :partition OR #offset < :offset " +
    `OR (#offset = :offset AND attribute_not_exists(purged))${anew ? " OR attribute_exists(purged)" : ""}`,
  names,
  values: { ":partition": { N: String(head.partition) }, ":offset": { N: String(head.offset) } }
})

/** Does something else where a condition does not hold. */
const unless = (
  request: Effect.Effect<void, RequestFailure>,
  failure: Effect.Effect<void, RequestFailure>
): Effect.Effect<void, RequestFailure> =>
  Effect.catchIf(
    request,
    ({ kind }) => kind === "Condition",
    () => failure
  )

/**
 * Begins a journal; `looked` is where the partition's pointer was.
 *
 * **Details**
 *
 * A replicator that would begin a journal at an offset which another one has passed, and perhaps purged the journal since,
 * is out of date. It sees that at the pointer, which is looked at first. Should it be overtaken after that look, it finds
 * a later head in its way, or the marker of a purge, and looks again. Only where the pointer was put back is a purge from
 * beyond it no reason to stop: the log is then replicated once more.
 */
const beginJournal = (
  requests: TableRequests,
  buckets: number,
  { head, key }: PutHead,
  looked: Effect.Effect<number | undefined, RequestFailure>
): Effect.Effect<void, RequestFailure> => {
  const refuse = Effect.fail(fencedHead(key))
  const begin = (
    look: typeof looked,
    anew: boolean,
    otherwise: Effect.Effect<void, RequestFailure>
  ): Effect.Effect<void, RequestFailure> =>
    Effect.flatMap(look, (pointer) =>
      pointer !== undefined && pointer >= head.offset
        ? refuse
        : unless(requests.put("write", headItem(key, head, buckets), mayBegin(head, anew)), otherwise)
    )
  return begin(looked, false, begin(readPointer(requests, "write", key.topic, head.partition), true, refuse))
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
          ? beginJournal(requests, buckets, step, Effect.succeed(pointers.get(placeOf(step))))
          : unless(
              requests.put("write", headItem(step.key, step.head, buckets), mayReplace(step.head, step.previous)),
              Effect.fail(fencedHead(step.key))
            ),
      { concurrency: headsAtOnce, discard: true }
    )
  )

/**
 * Removes a head, if it is still the one that the plan was made from; it may be gone already.
 *
 * **Details**
 *
 * A marker takes its place, which says up to where the journal had come, and that it is no more.
 */
export const removeHead = (
  requests: TableRequests,
  buckets: number,
  key: JournalKey,
  previous: JournalHead
): Effect.Effect<void, RequestFailure> => {
  const { expression, values } = isHead(previous, "before")
  const isDone = "attribute_exists(purged) AND #offset <= :beforeOffset"
  const condition = { expression: `attribute_not_exists(pk) OR (${isDone}) OR (${expression})`, names, values }
  return Effect.flatMap(Clock.currentTimeMillis, (now) =>
    unless(requests.put("write", purgedItem(key, previous, buckets, now), condition), Effect.fail(fencedHead(key)))
  )
}

/**
 * Moves a pointer from where the step says that it stands.
 *
 * **Details**
 *
 * The item names the write (`writeId`), so that a repeated request whose first answer was lost finds its own work done.
 */
export const putPointer = (requests: TableRequests, step: PutPointer): Effect.Effect<void, RequestFailure> =>
  Effect.suspend(() => {
    const { offset, partition, previous, topic } = step
    const { pk, sk } = pointerKey(topic, partition)
    const writeId = { S: crypto.randomUUID() }
    const item: Item = { pk: { S: pk }, sk: { S: sk }, offset: { N: String(offset) }, writeId }
    const condition: Condition =
      previous === undefined
        ? { expression: "attribute_not_exists(pk) OR writeId = :writeId", values: { ":writeId": writeId } }
        : {
            expression: "#offset = :previous OR writeId = :writeId",
            names: { "#offset": "offset" },
            values: { ":writeId": writeId, ":previous": { N: String(previous) } }
          }
    const refuse = Effect.flatMap(readPointer(requests, "write", topic, partition), (actual) =>
      Effect.fail<RequestFailure>({ kind: "Refused", error: fencedPointer(step, actual) })
    )
    return unless(requests.put("write", item, condition), refuse)
  })
