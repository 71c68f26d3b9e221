import type { Operation } from "./LinearizabilityHistory.ts"
import { hashScalar } from "./LinearizabilityModels.ts"
import type { Scalar, SequentialModel } from "./LinearizabilityModels.ts"
import { uniqueValues } from "./UniqueValues.ts"

interface Link<A> {
  readonly value: A
  readonly next: Link<A> | undefined
}

/**
 * A queue as two stacks: `front` is taken from, `back` is put on, newest first.
 *
 * **Details**
 *
 * `hash` is the polynomial over all values in their order, with `power` the factor of a value that would stand before
 * the first: both ends then change it in constant time.
 */
export interface QueueState<A extends Scalar> {
  readonly front: Link<A> | undefined
  readonly back: Link<A> | undefined
  readonly length: number
  readonly hash: number
  readonly power: number
}

export type QueueRequest<A extends Scalar> =
  | { readonly _tag: "Enqueue"; readonly value: A }
  | { readonly _tag: "Dequeue" }

const base = 0x01000193
/** `base * inverse` is 1 in arithmetic of 32 bits. */
const inverse = 0x359c449b

const reversed = <A>(links: Link<A> | undefined): Link<A> | undefined => {
  let result: Link<A> | undefined
  for (let at = links; at !== undefined; at = at.next) result = { value: at.value, next: result }
  return result
}

const items = <A extends Scalar>({ back, front }: QueueState<A>): ReadonlyArray<A> => {
  const values: Array<A> = []
  for (let at = front; at !== undefined; at = at.next) values.push(at.value)
  for (let at = reversed(back); at !== undefined; at = at.next) values.push(at.value)
  return values
}

const enqueue = <A extends Scalar>(state: QueueState<A>, value: A): QueueState<A> => ({
  front: state.front,
  back: { value, next: state.back },
  length: state.length + 1,
  hash: (Math.imul(state.hash, base) + hashScalar(value)) | 0,
  power: Math.imul(state.power, base)
})

const dequeue = <A extends Scalar>(state: QueueState<A>, first: Link<A>, turned: boolean): QueueState<A> => {
  const power = Math.imul(state.power, inverse)
  return {
    front: first.next,
    back: turned ? undefined : state.back,
    length: state.length - 1,
    hash: (state.hash - Math.imul(hashScalar(first.value), power)) | 0,
    power
  }
}

type QueueOperation<A extends Scalar> = Operation<QueueRequest<A>, A | null | "ok">

/** When each value was first known to have been dequeued. */
const dequeued = <A extends Scalar>(history: ReadonlyArray<QueueOperation<A>>): ReadonlyMap<unknown, number> => {
  const at = new Map<unknown, number>()
  for (const { ended, request } of history) {
    if (request._tag !== "Dequeue" || ended === undefined) continue
    at.set(ended.response, Math.min(ended.at, at.get(ended.response) ?? Infinity))
  }
  return at
}

/**
 * A queue, first in, first out: an enqueue answers with `"ok"`, a dequeue with the oldest value, `null` where there is
 * none; `null` itself is no value to enqueue.
 *
 * **Gotchas**
 *
 * In which order overlapping enqueues happened shows only when their values are dequeued. Give each enqueue a value of its
 * own: then the search knows by which dequeue it must have happened, and tries them in the right order.
 */
export const queueModel = <A extends string | number | boolean>(): SequentialModel<
  QueueState<A>,
  QueueRequest<A>,
  A | null | "ok"
> => ({
  initial: { front: undefined, back: undefined, length: 0, hash: 0, power: 1 },
  step: (state, request, response) => {
    if (request._tag === "Enqueue") return enqueue(state, request.value)
    const first = state.front ?? reversed(state.back)
    if (response !== undefined && response !== (first?.value ?? null)) return undefined
    return first === undefined ? state : dequeue(state, first, state.front === undefined)
  },
  infer: (history) => {
    const values = uniqueValues(history.map(({ request }) => (request._tag === "Enqueue" ? request.value : undefined)))
    const known = dequeued(history)
    return history.map((one) => {
      if (one.ended !== undefined || one.request._tag !== "Enqueue" || !values.has(one.request.value)) return one
      const at = known.get(one.request.value)
      return at === undefined || at < one.invoked ? one : { ...one, ended: { at, response: "ok" } }
    })
  },
  prefer: (history) => {
    const known = dequeued(history)
    return ({ ended, invoked, request }) =>
      request._tag === "Enqueue" ? (known.get(request.value) ?? Infinity) : (ended?.at ?? invoked)
  },
  reads: ({ _tag }, response) => _tag === "Dequeue" && response === null,
  same: (one, another) => {
    if (one === another) return true
    if (one.length !== another.length) return false
    const right = items(another)
    return items(one).every((value, at) => value === right[at])
  },
  hash: ({ hash, length }) => hash ^ length,
  show: (request, response) => {
    const answer = response === undefined ? "?" : JSON.stringify(response)
    return request._tag === "Enqueue" ? `enqueue ${JSON.stringify(request.value)} → ${answer}` : `dequeue → ${answer}`
  },
  showState: (state) => JSON.stringify(items(state))
})
