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
 * How far a connection has come.
 *
 * - `New`: the broker has not told its versions yet
 * - `Greeted`: it has, and that is all that a broker tells to somebody without credentials
 * - `Used`: it has answered more than that, or somebody is saying who he is
 */
export type ConnectionProgress = "New" | "Greeted" | "Used"

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
  readonly progress: ConnectionProgress
  /** When it is given up for another one; `undefined` for never. */
  readonly retireAt: number | undefined
  readonly retired: boolean
  readonly inFlight: Array<Pending>
  readonly splitter: FrameSplitter
  readonly closed: { readonly reason: ClientFailureReason; readonly detail: string } | undefined
}

/**
 * - `Tick`: the time, in milliseconds since the epoch
 * - `Send`: a whole request frame, in which the machine sets the correlation id; its answer has `timeoutMs`
 * - `Progress`: the connection has come so far
 * - `Expire`: the broker takes nothing more after `afterMs`, counted from now (KIP-368)
 * - `Abandon`: nobody waits for the answer any more; the connection stays usable
 * - `Written`: the system has taken a frame
 * - `Received`: bytes came
 * - `Idle`: no byte came for a long time
 * - `Broken`: the connection has ended
 */
export type ConnectionInput =
  | { readonly _tag: "Tick"; readonly now: number }
  | { readonly _tag: "Send"; readonly id: number; readonly frame: Uint8Array; readonly timeoutMs: number }
  | { readonly _tag: "Progress"; readonly to: ConnectionProgress }
  | { readonly _tag: "Expire"; readonly afterMs: number }
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
 * - `Retire`: use another one from now on; what is in flight is still answered
 * - `Close`: nothing follows
 */
export type ConnectionOutput =
  | { readonly _tag: "Write"; readonly frame: Uint8Array }
  | { readonly _tag: "Read" }
  | { readonly _tag: "Answered"; readonly id: number; readonly response: Uint8Array }
  | { readonly _tag: "Failed"; readonly id: number; readonly reason: ClientFailureReason; readonly detail: string }
  | { readonly _tag: "Retire" }
  | { readonly _tag: "Close"; readonly reason: ClientFailureReason; readonly detail: string }

type Step = readonly [ConnectionState, ReadonlyArray<ConnectionOutput>]

/** A connection on which nothing has been sent yet. */
export const openConnection = (): ConnectionState => ({
  now: 0,
  reading: false,
  nextCorrelationId: 1,
  progress: "New",
  retireAt: undefined,
  retired: false,
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
  outputs.push({ _tag: "Close", reason, detail })
  return [{ ...state, inFlight: [], closed: { reason, detail } }, outputs]
}

/** What an end that comes so early mostly means, and what to do. */
const earlyEnds: Partial<Record<ConnectionProgress, string>> = {
  New: "before it said anything: see whether it speaks TLS (--tls), and whether it is a Kafka broker",
  Greeted: "at the first request, as one does that wants credentials: give those of a user, by SASL (--sasl)"
}

const broken = (state: ConnectionState, reason: ClientFailureReason, detail: string): Step => {
  const early = reason === "Closed" ? earlyEnds[state.progress] : undefined
  return early === undefined ? close(state, reason, detail) : close(state, "Unwelcome", early)
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

/** The part of its time after which a connection is given up: what is sent by then is answered in time. */
const usedPart = 0.85

const retire = (state: ConnectionState): Step =>
  state.inFlight.length === 0
    ? close(state, "Closed", "its time is over")
    : [{ ...state, retired: true }, [{ _tag: "Retire" }]]

/** How an alert of TLS begins, which is what a port that speaks TLS says to something else. */
const isTlsAlert = (bytes: Uint8Array): boolean => bytes[0] === 0x15 && bytes[1] === 0x03

/** Whether what was taken for the length of a frame begins an answer in HTTP/1. */
const isHttp = (length: number): boolean => length === 0x48545450

const received = (state: ConnectionState, bytes: Uint8Array): Step => {
  if (state.progress === "New" && state.splitter.buffered === 0 && isTlsAlert(bytes)) {
    return close(state, "Unwelcome", "with an alert of TLS: encrypt connections to this port (--tls)")
  }
  const { frames, error } = state.splitter.push(bytes)
  const outputs: Array<ConnectionOutput> = []
  const end = (detail: string): Step => {
    const [closed, more] = close(state, "Malformed", detail)
    return [closed, [...outputs, ...more]]
  }
  if (error !== undefined && frames.length === 0 && state.progress === "New") {
    return close(state, "Foreign", isHttp(error.length) ? "it answers in HTTP" : "it speaks another protocol")
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
  const progress = state.progress === "Greeted" && frames.length > 0 ? "Used" : state.progress
  if (state.retired && state.inFlight.length === 0) {
    const [closed, more] = close(state, "Closed", "its time is over")
    return [closed, [...outputs, ...more]]
  }
  return [{ ...state, progress, reading: true }, [...outputs, { _tag: "Read" }]]
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
      if (!moved.retired && moved.retireAt !== undefined && moved.retireAt <= input.now) return retire(moved)
      return moved.reading ? [moved, []] : [{ ...moved, reading: true }, [{ _tag: "Read" }]]
    }
    case "Send":
      return send(state, input.id, input.frame, input.timeoutMs)
    case "Progress":
      return [{ ...state, progress: input.to }, []]
    case "Expire":
      return [{ ...state, retireAt: state.now + Math.floor(input.afterMs * usedPart) }, []]
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
      return broken(state, input.reason, input.detail)
  }
}

const wakeAt = (state: ConnectionState): number | undefined => {
  let earliest = state.retired ? undefined : state.retireAt
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
 * An overdue answer closes the connection, since the answers behind it cannot come before it. One that expires is given up
 * for another one in time, rather than used on after another authentication: it closes when what is in flight is answered.
 */
export const connectionMachine: Machine<ConnectionState, ConnectionInput, ConnectionOutput> = { step, wakeAt }
