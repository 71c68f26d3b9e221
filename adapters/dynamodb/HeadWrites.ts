import * as Effect from "effect/Effect"
import { JournalStoreError } from "../../core/ports/index.ts"
import type { JournalHead, JournalKey, WriteStep } from "../../core/ports/index.ts"
import { decoding } from "./Decoding.ts"
import type { RequestFailure } from "./DynamoDbError.ts"
import type { Item } from "./EventItems.ts"
import { headItem, pointerOf } from "./HeadItem.ts"
import { headKey, pointerKey } from "./Keys.ts"
import type { Condition, TableRequests } from "./TableRequests.ts"

type PutPointer = Extract<WriteStep, { readonly _tag: "PutPointer" }>

const fenced = (message: string): RequestFailure => ({
  kind: "Refused",
  error: new JournalStoreError({ reason: "Fenced", operation: "write", message })
})

/** The failure of a write to a journal whose head another replicator has written since. */
export const fencedHead = (key: JournalKey): RequestFailure =>
  fenced(
    `Another replicator has written the head of journal ${JSON.stringify(key.id)} of topic ${key.topic}: ` +
      "stop this one, or let it start again from the pointer."
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

/**
 * When a head may be written: the one that the plan was made from is still there, or the one that is being written is
 * there already. A head that is made from none must not take a head back to an earlier offset.
 */
const mayPut = (head: JournalHead, previous: JournalHead | undefined): Condition => {
  if (previous === undefined) {
    return {
      expression: "attribute_not_exists(pk) OR #partition <> :partition OR #offset <= :offset",
      names,
      values: { ":partition": { N: String(head.partition) }, ":offset": { N: String(head.offset) } }
    }
  }
  const before = isHead(previous, "before")
  const after = isHead(head, "after")
  return {
    expression: `(${before.expression}) OR (${after.expression})`,
    names,
    values: { ...before.values, ...after.values }
  }
}

/** Turns a condition that does not hold into what it means. */
const orFenced = <A>(
  request: Effect.Effect<A, RequestFailure>,
  failure: Effect.Effect<never, RequestFailure>
): Effect.Effect<A, RequestFailure> =>
  Effect.catchIf(
    request,
    ({ kind }) => kind === "Condition",
    () => failure
  )

/** Reads how far a partition is replicated. */
export const readPointer = (
  requests: TableRequests,
  operation: string,
  topic: string,
  partition: number
): Effect.Effect<number | undefined, RequestFailure> =>
  Effect.flatMap(requests.get(operation, pointerKey(topic, partition)), (item) =>
    item === undefined
      ? Effect.succeed(undefined)
      : decoding(operation, `The pointer of ${topic}-${partition}`, () => pointerOf(item))
  )

/**
 * Writes a head.
 *
 * **Details**
 *
 * One that is made from none looks at the partition's pointer first: a replicator that would begin a journal at an
 * offset which another one has passed, and perhaps purged the journal since, is out of date. A head is never taken back:
 * another replicator may have read it, and gone on from there.
 */
export const putHead = (
  requests: TableRequests,
  buckets: number,
  key: JournalKey,
  head: JournalHead,
  previous: JournalHead | undefined
): Effect.Effect<void, RequestFailure> => {
  const refuse = Effect.fail(fencedHead(key))
  const put = orFenced(requests.put("write", headItem(key, head, buckets), mayPut(head, previous)), refuse)
  if (previous !== undefined) return put
  return Effect.flatMap(readPointer(requests, "write", key.topic, head.partition), (pointer) =>
    pointer !== undefined && pointer >= head.offset ? refuse : put
  )
}

/** Removes a head, if it is still the one that the plan was made from; it may be gone already. */
export const removeHead = (
  requests: TableRequests,
  buckets: number,
  key: JournalKey,
  previous: JournalHead
): Effect.Effect<void, RequestFailure> => {
  const { expression, values } = isHead(previous, "before")
  const condition = { expression: `attribute_not_exists(pk) OR (${expression})`, names, values }
  return orFenced(requests.remove("write", headKey(key, buckets), condition), Effect.fail(fencedHead(key)))
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
      Effect.fail(
        fenced(
          `Another replicator has moved the pointer of ${topic}-${partition} from ` +
            `${previous ?? "nowhere"} to ${actual ?? "nowhere"}: stop this one, or let it start again from there.`
        )
      )
    )
    return orFenced(requests.put("write", item, condition), refuse)
  })
