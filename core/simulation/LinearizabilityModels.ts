import type { Operation } from "./LinearizabilityHistory.ts"
import { fnvBasis, fnvNumber, fnvText } from "./Fnv.ts"

/**
 * What an object does when its operations come one after the other.
 *
 * **Details**
 *
 * - `initial`: the state of each partition before anything happened
 * - `step`: the state after the request, or `undefined` where the object would not have answered it with this response.
 *   The response is `undefined` where nobody heard it: then every answer of the object's is fine
 * - `partition`: names the part of the object that the request touches. Operations on different parts must not know of
 *   each other; each part is checked alone, which is sound (linearizability is local) and much cheaper
 * - `reads`: whether the request, answered like this, leaves every state as it is; the search is much faster where it is
 *   told (a compare-and-set that found something else reads, too)
 * - `infer`: a partition's history with an end to operations of unknown outcome that the responses of others prove to have
 *   happened by then
 * - `prefer`: a number for each operation; of those that could come next, the one with the smallest is tried first
 * - `same`, `hash`: equality of states, and a 32-bit hash that equal states share
 * - `show`: an operation in a few words; `showState`: a state (JSON)
 *
 * States are never changed in place.
 */
export interface SequentialModel<State, Request, Response> {
  readonly initial: State
  readonly step: (state: State, request: Request, response: Response | undefined) => State | undefined
  readonly partition?: (request: Request) => string
  readonly reads?: (request: Request, response: Response) => boolean
  readonly infer?: (history: ReadonlyArray<Operation<Request, Response>>) => ReadonlyArray<Operation<Request, Response>>
  readonly prefer?: (
    history: ReadonlyArray<Operation<Request, Response>>
  ) => (operation: Operation<Request, Response>) => number
  readonly same: (one: State, another: State) => boolean
  readonly hash: (state: State) => number
  readonly show?: (request: Request, response: Response | undefined) => string
  readonly showState?: (state: State) => string
}

/** Values that are equal when `===` says so. */
export type Scalar = string | number | boolean | null

/** A 32-bit hash of a value that is equal when `===` says so. */
export const hashScalar = (value: Scalar): number => {
  if (typeof value === "number" && Number.isSafeInteger(value)) {
    return fnvNumber(fnvNumber(fnvBasis, value), Math.floor(value / 2 ** 32))
  }
  return fnvText(fnvBasis, `${typeof value}${value}`)
}

const sameScalar = (one: Scalar, another: Scalar): boolean => one === another

const text = (value: unknown): string => JSON.stringify(value)

const outcome = (response: unknown): string => (response === undefined ? "?" : text(response))

export type RegisterRequest<A extends Scalar> =
  | { readonly _tag: "Read" }
  | { readonly _tag: "Write"; readonly value: A }

/**
 * A single value: a read answers with it, a write with `"ok"`.
 *
 * **Details**
 *
 * `registerModel(0)` is of any number: `A` is not bound to be a scalar, since it would then be the 0 alone.
 */
export const registerModel = <A>(
  initial: A & Scalar
): SequentialModel<A & Scalar, RegisterRequest<A & Scalar>, (A & Scalar) | "ok"> => ({
  initial,
  step: (state, request, response) => {
    if (request._tag === "Write") return request.value
    return response === undefined || response === state ? state : undefined
  },
  reads: ({ _tag }) => _tag === "Read",
  same: sameScalar,
  hash: hashScalar,
  show: (request, response) =>
    request._tag === "Write" ? `write ${text(request.value)} → ${outcome(response)}` : `read → ${outcome(response)}`
})

export type KeyValueRequest<A extends Scalar> =
  | { readonly _tag: "Get"; readonly key: string }
  | { readonly _tag: "Put"; readonly key: string; readonly value: A }
  | { readonly _tag: "Delete"; readonly key: string }
  | { readonly _tag: "CompareAndSet"; readonly key: string; readonly expected: A | null; readonly value: A }

const showKeyValue = <A extends Scalar>(request: KeyValueRequest<A>): string => {
  switch (request._tag) {
    case "Get":
      return `get ${request.key}`
    case "Put":
      return `put ${request.key} = ${text(request.value)}`
    case "Delete":
      return `delete ${request.key}`
    case "CompareAndSet":
      return `set ${request.key} = ${text(request.value)} if it is ${text(request.expected)}`
  }
}

/**
 * Keys with values: a get answers with the value, `null` where there is none; a put and a delete with `"ok"`; a
 * compare-and-set with whether it found what it expected (`null`: no value) and set the new one. Each key is a partition.
 */
export const keyValueModel = <A extends Scalar>(): SequentialModel<
  A | null,
  KeyValueRequest<A>,
  A | null | boolean | "ok"
> => ({
  initial: null,
  step: (state, request, response) => {
    switch (request._tag) {
      case "Get":
        return response === undefined || response === state ? state : undefined
      case "Put":
        return request.value
      case "Delete":
        return null
      case "CompareAndSet": {
        const matches = state === request.expected
        if (response !== undefined && response !== matches) return undefined
        return matches ? request.value : state
      }
    }
  },
  partition: ({ key }) => key,
  reads: ({ _tag }, response) => _tag === "Get" || response === false,
  same: sameScalar,
  hash: hashScalar,
  show: (request, response) => `${showKeyValue(request)} → ${outcome(response)}`
})

export type CounterRequest = { readonly _tag: "Read" } | { readonly _tag: "Add"; readonly by: number }

/** A number: a read answers with it; an addition with the sum, or with `"ok"` where the system does not tell it. */
export const counterModel = (initial = 0): SequentialModel<number, CounterRequest, number | "ok"> => ({
  initial,
  step: (state, request, response) => {
    const next = request._tag === "Add" ? state + request.by : state
    if (response === undefined || (response === "ok" && request._tag === "Add")) return next
    return response === next ? next : undefined
  },
  reads: ({ _tag }) => _tag === "Read",
  same: sameScalar,
  hash: hashScalar,
  show: (request, response) => `${request._tag === "Add" ? `add ${request.by}` : "read"} → ${outcome(response)}`
})
