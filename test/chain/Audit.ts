import {
  checkLinearizable,
  counterModel,
  keyValueModel,
  type Linearizability,
  type SequentialModel,
  Witness
} from "../../core/simulation/index.ts"
import { operationsOf } from "./History.ts"
import type { Asked, CounterResponse, KeyedCounterRequest } from "./History.ts"

/** What is wrong with a history, how many operations were looked at, and how long that took. */
export interface Audit {
  readonly complaints: ReadonlyArray<string>
  /** The moments between which it went wrong, where they are known. */
  readonly window: readonly [number, number] | undefined
  readonly checked: number
  readonly situations: number
  readonly seconds: number
}

const counter = counterModel()

const counters: SequentialModel<number, KeyedCounterRequest, CounterResponse> = {
  initial: 0,
  step: counter.step,
  partition: ({ key }) => key,
  reads: ({ _tag }) => _tag === "Read",
  same: counter.same,
  hash: counter.hash,
  show: (request, response) => `${request.key}: ${counter.show?.(request, response) ?? ""}`
}

/** How many situations the search may go through for one key. */
const maxStates = 5_000_000

const complaintOf = (result: Linearizability<unknown, unknown, unknown>): ReadonlyArray<string> => {
  if (result._tag === "NotLinearizable") return [result.message]
  if (result._tag === "GaveUp") return [`Not decided, because too much of it is unknown: ${result.partitions.join()}`]
  return []
}

const windowOf = (result: Linearizability<unknown, unknown, unknown>): Audit["window"] => {
  if (result._tag !== "NotLinearizable") return undefined
  const { operation, window } = result
  return [Math.min(...window.map(({ invoked }) => invoked)), operation.ended?.at ?? Infinity]
}

const isWrite = ({ asks: { request } }: Asked): boolean => request._tag !== "Get" && request._tag !== "Read"

/** Whether the order of commands, as it was told to writers of any key, agrees with time. */
const positionComplaint = (asked: ReadonlyArray<Asked>): ReadonlyArray<string> => {
  const witness = new Witness()
  const events: Array<{ readonly at: number; readonly ends: 0 | 1; readonly tell: () => void }> = []
  for (const [id, { at, invoked, position }] of asked.filter(isWrite).entries()) {
    if (at === undefined || position === undefined) continue
    events.push({ at: invoked, ends: 0, tell: () => witness.invoked(id) })
    events.push({ at, ends: 1, tell: () => witness.ended(id, position, "write") })
  }
  // Of what happens at one moment the beginnings come first: then the two overlap.
  for (const { tell } of events.toSorted((a, b) => a.at - b.at || a.ends - b.ends)) tell()
  const violation = witness.violation()
  return violation === undefined ? [] : [violation.message]
}

/** Judges what clients were told: each key by itself is an object that does one thing at a time, and so is the chain. */
export const audit = (asked: ReadonlyArray<Asked>): Audit => {
  const began = performance.now()
  const histories = operationsOf(asked)
  const results = [
    checkLinearizable(keyValueModel<string>(), histories.values, { maxStates }),
    checkLinearizable(counters, histories.counters, { maxStates })
  ] as ReadonlyArray<Linearizability<unknown, unknown, unknown>>
  return {
    complaints: [...results.flatMap(complaintOf), ...positionComplaint(asked)],
    window: results.map(windowOf).find((window) => window !== undefined),
    checked: histories.values.length + histories.counters.length,
    situations: results.reduce((sum, { states }) => sum + states, 0),
    seconds: (performance.now() - began) / 1000
  }
}
