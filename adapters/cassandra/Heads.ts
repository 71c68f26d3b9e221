import * as Effect from "effect/Effect"
import type { JournalHead, JournalKey, WriteStep } from "../../core/ports/index.ts"
import { journalName } from "../../core/store/index.ts"
import { requestFailure } from "./CassandraError.ts"
import type { RequestFailure } from "./CassandraError.ts"
import { optionalInteger } from "./Columns.ts"
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

const keyValues = ({ id, topic }: JournalKey, segments: number): Array<Value> => [
  topic,
  BigInt(headSegmentOf(id, segments)),
  id
]

/**
 * Reads a journal's head from its place, or where it is not there, from where old versions of kafka-journal put it: one
 * request for a journal that is known, two for one that is not.
 */
export const readHead = (
  { clock, requests, statements }: Context,
  operation: string,
  key: JournalKey
): Effect.Effect<JournalHead | undefined, RequestFailure> => {
  const find = (segments: number) =>
    Effect.flatMap(
      requests.rows(operation, { query: statements.selectHead, params: keyValues(key, segments) }),
      ([row]) =>
        row === undefined
          ? Effect.succeed(undefined)
          : decoding(operation, `The head of ${journalName(key)}`, () => {
              clock.observe(optionalInteger(row, "written"))
              return headOf(row, segments)
            })
    )
  if (headSegmentOf(key.id, headSegments) < oldHeadSegments) return find(headSegments)
  return Effect.flatMap(find(headSegments), (head) =>
    head === undefined ? find(oldHeadSegments) : Effect.succeed(head)
  )
}

/**
 * Writes a head: with `previous` what has changed since, without it all of it, in the place of whatever is there.
 */
export const putHead = (
  context: Context,
  { head, key, previous }: Extract<WriteStep, { readonly _tag: "PutHead" }>
): Effect.Effect<void, RequestFailure> =>
  Effect.flatMap(nextStamp(context), (stamp) => {
    const { module, requests, statements } = context
    const layout = layoutFor(context, head, previous)
    const keys = keyValues(key, layout.headSegments)
    const encoded = Effect.try({
      try: () => headValues(module, head, previous, layout),
      catch: (cause) => requestFailure("write", requests.place, cause)
    })
    return Effect.flatMap(encoded, (values) => {
      if (previous !== undefined) {
        return requests.write("write", [{ query: statements.updateHead, params: [...values, ...keys] }], stamp)
      }
      const bounds: ReadonlyArray<Bound> = [
        { query: statements.deleteHeadBefore, params: [BigInt(stamp - 1), ...keys] },
        { query: statements.insertHead, params: [...keys, ...values] }
      ]
      return requests.write("write", bounds, stamp)
    })
  })

/** Removes a head. */
export const removeHead = (
  context: Context,
  { key, previous }: Extract<WriteStep, { readonly _tag: "RemoveHead" }>
): Effect.Effect<void, RequestFailure> =>
  Effect.flatMap(nextStamp(context), (stamp) => {
    const params = keyValues(key, layoutFor(context, previous).headSegments)
    return context.requests.write("write", [{ query: context.statements.deleteHead, params }], stamp)
  })
