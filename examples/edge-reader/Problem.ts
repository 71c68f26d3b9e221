import { JournalError } from "odradek/runtimes/edge"
import type { JournalErrorReason } from "odradek/runtimes/edge"

/** A problem as RFC 9457 has it: `kind` for programs, one sentence for people. */
export const problem = (
  status: number,
  kind: string,
  detail: string,
  more: Readonly<Record<string, unknown>> = {},
  headers: Readonly<Record<string, string>> = {}
): Response =>
  new Response(`${JSON.stringify({ kind, status, detail, ...more })}\n`, {
    status,
    headers: { ...headers, "content-type": "application/problem+json" }
  })

const statuses: Readonly<Record<JournalErrorReason, number>> = {
  Unavailable: 503,
  Unknown: 500,
  Refused: 500,
  Invalid: 400,
  Corrupt: 500,
  Lost: 500,
  Changed: 503,
  Store: 502
}

/** What became of a read that failed; `Changed` and `Unavailable` may go well in a moment. */
export const problemOf = (error: unknown): Response => {
  if (!(error instanceof JournalError)) throw error
  const { message, reason } = error
  const status = statuses[reason]
  return problem(status, reason, message, {}, status === 503 ? { "retry-after": "1" } : {})
}
