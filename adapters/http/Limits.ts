/**
 * What bounds a server; sizes in bytes, times in milliseconds.
 *
 * **Details**
 *
 * - `bodyBytes` (1 MiB): the body of a request
 * - `events` (1000): events in one append
 * - `urlBytes` (8192): path and query of a request
 * - `documentEvents` (1000), `documentBytes` (4 MiB), `documentIds` (10 000): what one JSON document answers with; more is
 *   to be asked for as a stream
 * - `requests` (256): requests under way at once, streams among them
 * - `followers` (100): of these, connections that follow a journal
 * - `bodyMs` (10 000): from when a request is there until its body is
 * - `requestMs` (30 000): from when a request is there until its answer begins
 * - `heartbeatMs` (15 000): the longest silence on a connection that follows a journal
 */
export interface HttpLimits {
  readonly bodyBytes: number
  readonly events: number
  readonly urlBytes: number
  readonly documentEvents: number
  readonly documentBytes: number
  readonly documentIds: number
  readonly requests: number
  readonly followers: number
  readonly bodyMs: number
  readonly requestMs: number
  readonly heartbeatMs: number
}

/** The limits where nothing else is said. */
export const defaultHttpLimits: HttpLimits = {
  bodyBytes: 1024 * 1024,
  events: 1000,
  urlBytes: 8192,
  documentEvents: 1000,
  documentBytes: 4 * 1024 * 1024,
  documentIds: 10_000,
  requests: 256,
  followers: 100,
  bodyMs: 10_000,
  requestMs: 30_000,
  heartbeatMs: 15_000
}
