import * as Result from "effect/Result"
import type { Machine } from "../machine/index.ts"
import { correlationIdOf, FrameSplitter } from "../protocol/index.ts"
import type { ClientFailureReason } from "./ClientFailure.ts"

/** Where the correlation id stands in the frame of every request: after the length, the API key and the version. */
const correlationIdPosition = 8

/** A request whose response is awaited; `abandoned` when nobody waits for it any more. */
interface Pending {
  readonly id: number
  readonly correlationId: number
  readonly deadline: number
  abandoned: boolean
}

/**
 * One connection to a broker. Make it with {@link openConnection}; only the machine makes the next one.
 *
 * **Details**
 *
 * A broker answers the requests of a connection in their order, so `inFlight` is first in, first out. The machine owns
 * `inFlight` and `splitter` and changes them in place.
 */
export interface ConnectionState {
  readonly now: number
  readonly reading: boolean
  readonly nextCorrelationId: number
  readonly inFlight: Array<Pending>
  readonly splitter: FrameSplitter
  readonly closed: { readonly reason: ClientFailureReason; readonly detail: string } | undefined
}

/**
 * - `Tick`: the time, in milliseconds since the epoch
 * - `Send`: a whole request frame, in which the machine sets the correlation id; its answer has `timeoutMs`
 * - `Abandon`: nobody waits for the answer any more; the connection stays usable
 * - `Written`: the system has taken a frame
 * - `Received`: bytes came
 * - `Idle`: no byte came for a long time
 * - `Broken`: the connection has ended
 */
export type ConnectionInput =
  | { readonly _tag: "Tick"; readonly now: number }
  | { readonly _tag: "Send"; readonly id: number; readonly frame: Uint8Array; readonly timeoutMs: number }
  | { readonly _tag: "Abandon"; readonly id: number }
  | { readonly _tag: "Written" }
  | { readonly _tag: "Received"; readonly bytes: Uint8Array }
  | { readonly _tag: "Idle" }
  | { readonly _tag: "Broken"; readonly reason: ClientFailureReason; readonly detail: string }

/**
 * - `Write`: send the frame; answered by `Written` or `Broken`
 * - `Read`: wait for bytes; answered by `Received`, `Idle` or `Broken`
 * - `Answered`: the content of the response frame
 * - `Failed`: there will be no response
 * - `Close`: nothing follows
 */
export type ConnectionOutput =
  | { readonly _tag: "Write"; readonly frame: Uint8Array }
  | { readonly _tag: "Read" }
  | { readonly _tag: "Answered"; readonly id: number; readonly response: Uint8Array }
  | { readonly _tag: "Failed"; readonly id: number; readonly reason: ClientFailureReason; readonly detail: string }
  | { readonly _tag: "Close" }

type Step = readonly [ConnectionState, ReadonlyArray<ConnectionOutput>]

/** A connection on which nothing has been sent yet. */
export const openConnection = (): ConnectionState => ({
  now: 0,
  reading: false,
  nextCorrelationId: 1,
  inFlight: [],
  splitter: new FrameSplitter(),
  closed: undefined
})

/** Fails everything in flight: the request `late` by its own fault, the others because the connection is gone. */
const close = (state: ConnectionState, reason: ClientFailureReason, detail: string, late?: Pending): Step => {
  const outputs: Array<ConnectionOutput> = []
  for (const pending of state.inFlight) {
    if (pending.abandoned) continue
    const own = late === undefined || pending === late
    outputs.push({ _tag: "Failed", id: pending.id, reason: own ? reason : "Closed", detail })
  }
  outputs.push({ _tag: "Close" })
  return [{ ...state, inFlight: [], closed: { reason, detail } }, outputs]
}

const send = (state: ConnectionState, id: number, frame: Uint8Array, timeoutMs: number): Step => {
  const correlationId = state.nextCorrelationId
  new DataView(frame.buffer, frame.byteOffset).setInt32(correlationIdPosition, correlationId)
  state.inFlight.push({ id, correlationId, deadline: state.now + timeoutMs, abandoned: false })
  return [
    { ...state, nextCorrelationId: correlationId === 0x7fffffff ? 1 : correlationId + 1 },
    [{ _tag: "Write", frame }]
  ]
}

const received = (state: ConnectionState, bytes: Uint8Array): Step => {
  const { frames, error } = state.splitter.push(bytes)
  const outputs: Array<ConnectionOutput> = []
  const end = (detail: string): Step => {
    const [closed, more] = close(state, "Malformed", detail)
    return [closed, [...outputs, ...more]]
  }
  for (const response of frames) {
    const pending = state.inFlight.shift()
    if (pending === undefined) return end("a response came that answers no request")
    const correlationId = correlationIdOf(response)
    if (Result.isFailure(correlationId) || correlationId.success !== pending.correlationId) {
      state.inFlight.unshift(pending)
      return end("a response came that does not answer the oldest request")
    }
    if (!pending.abandoned) outputs.push({ _tag: "Answered", id: pending.id, response })
  }
  if (error !== undefined) return end(error.message)
  return [{ ...state, reading: true }, [...outputs, { _tag: "Read" }]]
}

const step = (state: ConnectionState, input: ConnectionInput): Step => {
  if (state.closed !== undefined) {
    const { detail, reason } = state.closed
    return [state, input._tag === "Send" ? [{ _tag: "Failed", id: input.id, reason, detail }] : []]
  }
  switch (input._tag) {
    case "Tick": {
      const moved = { ...state, now: input.now }
      const late = state.inFlight.find((pending) => pending.deadline <= input.now)
      if (late !== undefined) return close(moved, "TimedOut", "no answer came in time", late)
      return moved.reading ? [moved, []] : [{ ...moved, reading: true }, [{ _tag: "Read" }]]
    }
    case "Send":
      return send(state, input.id, input.frame, input.timeoutMs)
    case "Abandon": {
      const pending = state.inFlight.find((each) => each.id === input.id)
      if (pending !== undefined) pending.abandoned = true
      return [state, []]
    }
    case "Written":
      return [state, []]
    case "Received":
      return received(state, input.bytes)
    case "Idle":
      return state.inFlight.length > 0
        ? [state, [{ _tag: "Read" }]]
        : close(state, "Closed", "it was not used for a long time")
    case "Broken":
      return close(state, input.reason, input.detail)
  }
}

const wakeAt = (state: ConnectionState): number | undefined => {
  let earliest: number | undefined
  for (const { deadline } of state.inFlight) {
    if (earliest === undefined || deadline < earliest) earliest = deadline
  }
  return earliest
}

/**
 * Pipelines requests on one connection: gives each its correlation id, finds the request of each response, and fails
 * everything in flight when the connection ends or one answer is overdue.
 *
 * **Details**
 *
 * An overdue answer closes the connection, since the answers behind it cannot come before it.
 */
export const connectionMachine: Machine<ConnectionState, ConnectionInput, ConnectionOutput> = { step, wakeAt }
