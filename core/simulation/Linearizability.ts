import type { Operation } from "./LinearizabilityHistory.ts"
import type { SequentialModel } from "./LinearizabilityModels.ts"
import { LinearizabilitySearch } from "./LinearizabilitySearch.ts"

/** An order of one partition's operations that explains all their responses. */
export interface PartitionOrder<Request, Response> {
  readonly partition: string
  readonly order: ReadonlyArray<Operation<Request, Response>>
}

/**
 * What a check found; `states` counts the different situations it went through.
 *
 * **Details**
 *
 * - `Linearizable`: `orders` are the witnesses, one for each partition
 * - `NotLinearizable`: no order explains the partition's history up to the end of `operation`, while everything that
 *   ended before it can be explained, for instance by `prefix`. `possible` are the states that the object can have had
 *   when it answered (eight of them, where there are more). `window` are the operations that overlap it, itself among
 *   them, and the last few that had ended before it began; `message` shows all that as text
 * - `GaveUp`: the partitions whose search went through more than `maxStates` situations; the others are linearizable
 */
export type Linearizability<State, Request, Response> =
  | {
      readonly _tag: "Linearizable"
      readonly orders: ReadonlyArray<PartitionOrder<Request, Response>>
      readonly states: number
    }
  | {
      readonly _tag: "NotLinearizable"
      readonly partition: string
      readonly operation: Operation<Request, Response>
      readonly window: ReadonlyArray<Operation<Request, Response>>
      readonly prefix: ReadonlyArray<Operation<Request, Response>>
      readonly possible: ReadonlyArray<State>
      readonly states: number
      readonly message: string
    }
  | { readonly _tag: "GaveUp"; readonly partitions: ReadonlyArray<string>; readonly states: number }

export interface LinearizabilityOptions {
  /** How many situations the search may go through in each partition (2,000,000); each takes about 150 bytes. */
  readonly maxStates?: number
}

const defaultMaxStates = 2_000_000
/** How many operations before the window are shown with it. */
const before = 3
/** How many of the last operations of the prefix are shown. */
const shownPrefix = 8

const partitionsOf = <State, Request, Response>(
  { partition }: SequentialModel<State, Request, Response>,
  history: ReadonlyArray<Operation<Request, Response>>
): ReadonlyMap<string, ReadonlyArray<Operation<Request, Response>>> => {
  const partitions = new Map<string, Array<Operation<Request, Response>>>()
  for (const operation of history) {
    if (operation.ended !== undefined && !(operation.invoked <= operation.ended.at)) {
      const { client, ended, invoked } = operation
      throw new RangeError(
        `An operation of ${client} ends at ${ended.at}, before it begins at ${invoked}; mend the clock.`
      )
    }
    const name = partition?.(operation.request) ?? ""
    const known = partitions.get(name)
    if (known === undefined) partitions.set(name, [operation])
    else known.push(operation)
  }
  return partitions
}

const endOf = ({ ended }: Operation<unknown, unknown>): number => ended?.at ?? Infinity

/** What overlaps an operation, and the last few that had ended before it began; by the time of their beginning. */
const windowOf = <Request, Response>(
  history: ReadonlyArray<Operation<Request, Response>>,
  operation: Operation<Request, Response>
): ReadonlyArray<Operation<Request, Response>> => {
  const earlier = history
    .filter((other) => endOf(other) < operation.invoked)
    .toSorted((a, b) => endOf(a) - endOf(b))
    .slice(-before)
  const overlapping = history.filter((other) => other.invoked <= endOf(operation) && endOf(other) >= operation.invoked)
  return [...earlier, ...overlapping].toSorted((a, b) => a.invoked - b.invoked)
}

const show = <State, Request, Response>(
  model: SequentialModel<State, Request, Response>,
  { ended, request }: Operation<Request, Response>
): string =>
  model.show?.(request, ended?.response) ??
  `${JSON.stringify(request)} → ${ended === undefined ? "?" : JSON.stringify(ended.response)}`

/** A violation as text: the window as a table, and what the object was before. */
const explain = <State, Request, Response>(
  model: SequentialModel<State, Request, Response>,
  partition: string,
  operation: Operation<Request, Response>,
  window: ReadonlyArray<Operation<Request, Response>>,
  prefix: ReadonlyArray<Operation<Request, Response>>,
  possible: ReadonlyArray<State>
): string => {
  const clientWidth = Math.max(...window.map(({ client }) => client.length))
  const timeWidth = Math.max(
    ...window.map(({ ended, invoked }) => Math.max(`${invoked}`.length, `${ended?.at ?? "?"}`.length))
  )
  const lines = window.map((one) => {
    const from = `${one.invoked}`.padStart(timeWidth)
    const to = `${one.ended?.at ?? "?"}`.padStart(timeWidth)
    return `${one === operation ? "!" : " "} ${from} – ${to}  ${one.client.padEnd(clientWidth)}  ${show(model, one)}`
  })
  const last = prefix.slice(-shownPrefix).map((one) => show(model, one))
  const skipped = prefix.length - last.length
  const states = possible.map((state) => model.showState?.(state) ?? JSON.stringify(state))
  return [
    `Not linearizable${partition === "" ? "" : ` (${partition})`}: no order of the operations explains ${show(model, operation)} of ${operation.client}.`,
    "Around it, by beginning (! is the operation itself, ? an outcome that nobody knows):",
    ...lines,
    `When it answered, the object can have been ${states.join(" or ")}.`,
    last.length === 0
      ? "Nothing ended before it."
      : `What ended before it can be explained by: ${skipped > 0 ? `(${skipped} earlier) ` : ""}${last.join(", ")}.`
  ].join("\n")
}

/**
 * Whether a history could be that of an object that does one operation at a time, each at one moment between its
 * beginning and its end.
 *
 * **When to use**
 *
 * For a system seen from outside: clients call it at the same time, some calls time out, and only requests, responses and
 * their times are known. Where the system tells the order itself, `Witness` is cheaper.
 *
 * **Details**
 *
 * The search is that of Wing and Gong with the memory of Lowe, "Testing for linearizability" (2017), and goes through each
 * partition alone. The problem is NP-complete; with few clients at a time and answers that tell much it takes about a
 * microsecond or two an operation. What makes it hard is many operations of unknown outcome on one partition. The bound
 * is a number of situations and not a time, so that the same history always gives the same result.
 *
 * **Example** (A read that is behind)
 *
 * ```ts
 * const recorder = new HistoryRecorder<RegisterRequest<number>, number | "ok">()
 * const write = recorder.invoked("c1", { _tag: "Write", value: 1 })
 * recorder.ended(write, "ok")
 * const read = recorder.invoked("c2", { _tag: "Read" })
 * recorder.ended(read, 0)
 * checkLinearizable(registerModel(0), recorder.history())._tag // "NotLinearizable"
 * ```
 */
export const checkLinearizable = <State, Request, Response>(
  model: SequentialModel<State, Request, Response>,
  history: ReadonlyArray<Operation<Request, Response>>,
  { maxStates = defaultMaxStates }: LinearizabilityOptions = {}
): Linearizability<State, Request, Response> => {
  const orders: Array<PartitionOrder<Request, Response>> = []
  const gaveUp: Array<string> = []
  let states = 0
  for (const [partition, operations] of partitionsOf(model, history)) {
    const result = new LinearizabilitySearch(model, operations, maxStates).run()
    states += result.states
    if (result._tag === "Found") orders.push({ partition, order: result.order })
    else if (result._tag === "CutShort") gaveUp.push(partition)
    else {
      const { blocked: operation, order: prefix, possible } = result
      const window = windowOf(operations, operation)
      const message = explain(model, partition, operation, window, prefix, possible)
      return { _tag: "NotLinearizable", partition, operation, window, prefix, possible, states, message }
    }
  }
  return gaveUp.length > 0 ? { _tag: "GaveUp", partitions: gaveUp, states } : { _tag: "Linearizable", orders, states }
}
