import * as Data from "effect/Data"
import type { HelloRefusal } from "./Hello.ts"

/**
 * Why there is no connection to a peer.
 *
 * - `Unreachable`: no connection could be opened
 * - `OtherCluster`, `NoCommonVersion`, `OtherNode`, `OtherFounders`: the other side refused it
 * - `NotAPeer`: the other side speaks another protocol
 * - `TimedOut`: the other side was silent, or took no bytes, for too long
 * - `Closed`: the connection has ended
 */
export type PeerErrorReason = HelloRefusal | "Unreachable" | "NotAPeer" | "TimedOut" | "Closed"

/** There is no connection to a peer: which, where, and in one sentence why and what to do. */
export class PeerError extends Data.TaggedError("PeerError")<{
  readonly reason: PeerErrorReason
  readonly peer: number
  readonly address: string
  readonly message: string
  readonly cause?: unknown
}> {}

/** What to do about each. */
export const peerAdvice: Readonly<Record<PeerErrorReason, string>> = {
  Unreachable: "see whether it runs, and whether its address is right",
  OtherCluster: "give each node the peers of its own cluster",
  NoCommonVersion: "upgrade the older of the two",
  OtherNode: "correct the addresses of the peers",
  OtherFounders: "find out which is wrong, and start that one under a new id, with an empty folder, as one that joins",
  NotAPeer: "check the address, and above all the port",
  TimedOut: "see whether it is overloaded or cut off",
  Closed: "it is tried again"
}

/** A {@link PeerError} because of an error that says itself what to do. */
export const peerErrorOf = (
  reason: PeerErrorReason,
  peer: number,
  address: string,
  cause: { readonly message: string }
): PeerError =>
  new PeerError({
    reason,
    peer,
    address,
    message: `There is no connection to node ${peer} at ${address}. ${cause.message}`,
    cause
  })

/** A {@link PeerError} with its sentence. */
export const peerError = (reason: PeerErrorReason, peer: number, address: string, detail: string): PeerError =>
  new PeerError({
    reason,
    peer,
    address,
    message: `There is no connection to node ${peer} at ${address} (${detail}): ${peerAdvice[reason]}.`
  })
