import * as Data from "effect/Data"
import type { Address } from "../ports/index.ts"

/**
 * Why a broker could not be asked, or did not answer.
 *
 * - `Unreachable`: no connection could be opened
 * - `TimedOut`: the deadline passed before the answer was there
 * - `Closed`: the connection ended before the answer was there
 * - `Unwelcome`: the broker ended the connection before it answered more than its versions, as one does that wants TLS or SASL
 * - `Unsupported`: the broker has no version of the request that this client speaks
 * - `Foreign`: what listens there does not speak Kafka's protocol
 * - `Malformed`: what the broker sent cannot be read
 * - `Untrusted`: by TLS one side does not trust the other, or only one of the two speaks it
 * - `Unauthorized`: the broker does not take the credentials, or has not shown that it knows them
 * - `Invalid`: the request cannot be made: a value of it does not fit in the protocol, or the client is closed
 */
export type ClientFailureReason =
  | "Unreachable"
  | "TimedOut"
  | "Closed"
  | "Unwelcome"
  | "Unsupported"
  | "Foreign"
  | "Malformed"
  | "Untrusted"
  | "Unauthorized"
  | "Invalid"

/** A request that has no answer; it may have been carried out unless the reason is `Unreachable`. */
export class ClientFailure extends Data.TaggedError("ClientFailure")<{
  readonly reason: ClientFailureReason
  readonly broker: string
  readonly message: string
  readonly cause?: unknown
}> {}

/** Whether the same request may succeed later, on the same broker or on another. */
export const mayPass = (failure: ClientFailure): boolean =>
  failure.reason === "Unreachable" ||
  failure.reason === "TimedOut" ||
  failure.reason === "Closed" ||
  failure.reason === "Unwelcome"

/** Whether every request to this broker fails alike, until somebody changes settings on one side. */
export const isLasting = (failure: ClientFailure): boolean =>
  failure.reason === "Unsupported" ||
  failure.reason === "Foreign" ||
  failure.reason === "Untrusted" ||
  failure.reason === "Unauthorized"

/** An address as a person writes it, with brackets where an IPv6 address needs them: `host:port`. */
export const addressName = ({ host, port }: Address): string =>
  host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`

/** Reads what {@link addressName} writes; `undefined` when the text is no `host:port`. */
export const parseAddress = (text: string): Address | undefined => {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^\s:[\]]+)):([0-9]{1,5})$/.exec(text)
  if (match === null) return undefined
  const host = match[1] ?? match[2]
  const port = Number(match[3])
  return host !== undefined && port >= 1 && port <= 65_535 ? { host, port } : undefined
}
