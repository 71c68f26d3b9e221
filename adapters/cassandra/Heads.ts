import * as Effect from "effect/Effect"
import type { JournalHead, JournalKey, WriteStep } from "../../core/ports/index.ts"
import { journalName } from "../../core/store/index.ts"
import { requestFailure } from "./CassandraError.ts"
import type { RequestFailure } from "./CassandraError.ts"
import { optionalInteger } from "./Columns.ts"
import type { Row } from "./Columns.ts"
import { nextStamp } from "./Context.ts"
import type { Context } from "./Context.ts"
import type { Bound } from "./CqlRequests.ts"
import { decoding } from "./Decoding.ts"
import type { Value } from "./EventRow.ts"
import { headOf, headValues } from "./HeadRow.ts"
import { headSegmentOf, headSegments, layoutOf, oldHeadSegments } from "./Segments.ts"
import type { Layout } from "./Segments.ts"

/** The layout of a journal whose heads these are, or that of one that begins here. */
export const layoutFor = ({ segmentSize }: Context, ...heads: ReadonlyArray<JournalHead | undefined>): Layout => {
  for (const head of heads) {
    const layout = layoutOf(head)
    if (layout !== undefined) return layout
  }
  return { segmentSize, headSegments }
}

const isAt = (row: Row, segment: number | undefined): boolean => optionalInteger(row, "segment") === segment

const keyValues = ({ id, topic }: JournalKey, segments: number): Array<Value> => [
  topic,
  BigInt(headSegmentOf(id, segments)),
  id
]

/** Decodes a head that was found among so many segments. */
const found = (
  { clock }: Context,
  operation: string,
  key: JournalKey,
  row: Row,
  segments: number
): Effect.Effect<JournalHead, RequestFailure> =>
  decoding(operation, `The head of ${journalName(key)}`, () => {
    clock.observe(optionalInteger(row, "written"))
    return headOf(row, segments)
  })

/**
 * Reads a journal's head from its place, or where it is not there, from where old versions of kafka-journal put it: one
 * request for a journal that is known, two for one that is not.
 */
export const readHead = (
  context: Context,
  operation: string,
  key: JournalKey
): Effect.Effect<JournalHead | undefined, RequestFailure> => {
  const { requests, statements } = context
  const find = (segments: number) =>
    Effect.flatMap(
      requests.rows(operation, { query: statements.selectHead, params: keyValues(key, segments) }),
      ([row]) => (row === undefined ? Effect.succeed(undefined) : found(context, operation, key, row, segments))
    )
  if (headSegmentOf(key.id, headSegments) < oldHeadSegments) return find(headSegments)
  return Effect.flatMap(find(headSegments), (head) =>
    head === undefined ? find(oldHeadSegments) : Effect.succeed(head)
  )
}

/** Reads the heads of many journals from all places where they may be, with one request for each. */
export const readHeads = (
  context: Context,
  topic: string,
  ids: ReadonlyArray<string>
): Effect.Effect<ReadonlyMap<string, JournalHead>, RequestFailure> =>
  Effect.gen(function* () {
    const { requests, statements } = context
    const places = ids.map((id) => [headSegmentOf(id, headSegments), headSegmentOf(id, oldHeadSegments)] as const)
    const bounds = ids.map((id, at): Bound => ({
      query: statements.selectHeads,
      params: [topic, [...new Set(places[at])].map(BigInt), id]
    }))
    const all = yield* requests.rowsOfAll("heads", bounds)
    const heads = new Map<string, JournalHead>()
    for (const [at, rows] of all.entries()) {
      const [id, place] = [ids[at] ?? "", places[at]?.[0]]
      const [row] = rows.toSorted((one, other) => Number(isAt(other, place)) - Number(isAt(one, place)))
      if (row === undefined) continue
      const segments = isAt(row, place) ? headSegments : oldHeadSegments
      heads.set(id, yield* found(context, "heads", { topic, id }, row, segments))
    }
    return heads
  })

type PutHead = Extract<WriteStep, { readonly _tag: "PutHead" }>

/** The statements that write a head: with `previous` what has changed since, without it all of it, in the place of whatever is there. */
const headWrites = (context: Context, { head, key, previous }: PutHead, stamp: number): ReadonlyArray<Bound> => {
  const { module, statements } = context
  const layout = layoutFor(context, head, previous)
  const keys = keyValues(key, layout.headSegments)
  const values = headValues(module, head, previous, layout)
  return previous === undefined
    ? [
        { query: statements.deleteHeadBefore, params: [BigInt(stamp - 1), ...keys] },
        { query: statements.insertHead, params: [...keys, ...values] }
      ]
    : [{ query: statements.updateHead, params: [...values, ...keys] }]
}

/** Writes the heads of some journals. */
export const putHeads = (context: Context, steps: ReadonlyArray<PutHead>): Effect.Effect<void, RequestFailure> =>
  Effect.flatMap(nextStamp(context), (stamp) => {
    const { requests } = context
    const encoded = Effect.try({
      try: () => steps.map((step) => headWrites(context, step, stamp)),
      catch: (cause) => requestFailure("write", requests.place, cause)
    })
    return Effect.flatMap(encoded, (writes) => requests.write("write", writes, stamp))
  })

/** Removes the heads of some journals, those that the plan has found. */
export const removeHeads = (
  context: Context,
  steps: ReadonlyArray<Extract<WriteStep, { readonly _tag: "RemoveHead" }>>
): Effect.Effect<void, RequestFailure> =>
  Effect.flatMap(nextStamp(context), (stamp) => {
    const { requests, statements } = context
    const writes = steps
      .filter(({ previous }) => previous !== undefined)
      .map(({ key, previous }): ReadonlyArray<Bound> => [
        { query: statements.deleteHead, params: keyValues(key, layoutFor(context, previous).headSegments) }
      ])
    return requests.write("write", writes, stamp)
  })
