import { fnvBasis, fnvNumber } from "./Fnv.ts"
import type { Operation } from "./LinearizabilityHistory.ts"
import { hashScalar } from "./LinearizabilityModels.ts"
import type { Scalar, SequentialModel } from "./LinearizabilityModels.ts"
import { uniqueValues } from "./UniqueValues.ts"

const text = (value: unknown): string => JSON.stringify(value)

const outcome = (response: unknown): string => (response === undefined ? "?" : text(response))

/** A list that shares all but its last item with the list before it. */
export interface AppendedList<A extends Scalar> {
  readonly length: number
  readonly last: A | undefined
  readonly before: AppendedList<A> | undefined
  readonly hash: number
}

export type ListRequest<A extends Scalar> =
  | { readonly _tag: "Read"; readonly key: string }
  | { readonly _tag: "Append"; readonly key: string; readonly value: A }

const isList = <A extends Scalar>(list: AppendedList<A>, items: ReadonlyArray<A>): boolean => {
  if (items.length !== list.length) return false
  let at: AppendedList<A> | undefined = list
  for (let index = items.length - 1; index >= 0 && at !== undefined; index--, at = at.before) {
    if (items[index] !== at.last) return false
  }
  return true
}

const sameList = <A extends Scalar>(one: AppendedList<A>, another: AppendedList<A>): boolean => {
  if (one.length !== another.length) return false
  let left: AppendedList<A> | undefined = one
  let right: AppendedList<A> | undefined = another
  for (; left !== right; left = left?.before, right = right?.before) if (left?.last !== right?.last) return false
  return true
}

const listItems = <A extends Scalar>(list: AppendedList<A>): ReadonlyArray<A> => {
  const items: Array<A> = []
  for (let at: AppendedList<A> | undefined = list; at !== undefined && at.length > 0; at = at.before) {
    items.push(at.last as A)
  }
  return items.reverse()
}

type ListOperation<A extends Scalar> = Operation<ListRequest<A>, ReadonlyArray<A> | number | "ok">

/** Where each value stood in the longest list that was read, and when it was first read. */
const readValues = <A extends Scalar>(
  history: ReadonlyArray<ListOperation<A>>
): ReadonlyMap<A, { readonly position: number; readonly at: number }> => {
  const seen = new Map<A, { readonly position: number; readonly at: number }>()
  const reads = history.flatMap(({ ended }) =>
    ended !== undefined && typeof ended.response === "object" ? [{ at: ended.at, items: ended.response }] : []
  )
  let known = 0
  for (const { at, items } of reads.sort((a, b) => a.at - b.at)) {
    for (; known < items.length; known++) {
      const value = items[known] as A
      if (!seen.has(value)) seen.set(value, { position: known, at })
    }
  }
  return seen
}

/**
 * Lists by key, which only grow: a read answers with all items in order; an append with the item's position, counted
 * from 0, or with `"ok"` where the system does not tell it. Each key is a partition.
 *
 * **Gotchas**
 *
 * Give each append to a list a value of its own: then the reads tell the search in which order they happened.
 */
export const listAppendModel = <A extends Scalar>(): SequentialModel<
  AppendedList<A>,
  ListRequest<A>,
  ReadonlyArray<A> | number | "ok"
> => ({
  initial: { length: 0, last: undefined, before: undefined, hash: fnvBasis },
  step: (state, request, response) => {
    if (request._tag === "Read") {
      if (response === undefined) return state
      return typeof response === "object" && isList(state, response) ? state : undefined
    }
    if (response !== undefined && response !== "ok" && response !== state.length) return undefined
    const { value } = request
    return { length: state.length + 1, last: value, before: state, hash: fnvNumber(state.hash, hashScalar(value)) }
  },
  partition: ({ key }) => key,
  reads: ({ _tag }) => _tag === "Read",
  infer: (history) => {
    const values = uniqueValues(history.map(({ request }) => (request._tag === "Append" ? request.value : undefined)))
    const read = readValues(history)
    return history.map((one) => {
      if (one.ended !== undefined || one.request._tag !== "Append" || !values.has(one.request.value)) return one
      const at = read.get(one.request.value)?.at
      return at === undefined || at < one.invoked ? one : { ...one, ended: { at, response: "ok" } }
    })
  },
  prefer: (history) => {
    const read = readValues(history)
    return ({ request }) => (request._tag === "Append" ? (read.get(request.value)?.position ?? Infinity) : -1)
  },
  same: sameList,
  hash: (state) => state.hash,
  show: (request, response) =>
    request._tag === "Append"
      ? `append ${text(request.value)} to ${request.key} → ${outcome(response)}`
      : `read ${request.key} → ${outcome(response)}`,
  showState: (state) => text(listItems(state))
})
