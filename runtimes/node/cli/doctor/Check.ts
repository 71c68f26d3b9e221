/** How a check ended: a warning is worth a look and fails nothing; one is skipped when what it needs has failed. */
export type CheckStatus = "ok" | "warning" | "failed" | "skipped"

/**
 * What one check has found.
 *
 * **Details**
 *
 * `name` is the kind of check, `subject` what it looked at, such as an address or `topic-partition`. `message` says what
 * is, and `advice` what to do about it, where there is something to do; both are clauses without a full stop.
 */
export interface Check {
  readonly name: string
  readonly subject: string | undefined
  readonly status: CheckStatus
  readonly message: string
  readonly advice: string | undefined
}

/** The outcomes that a check of one subject can have. */
export interface Outcomes {
  readonly ok: (message: string) => Check
  readonly warn: (message: string, advice: string) => Check
  readonly fail: (message: string, advice: string) => Check
  readonly skip: (message: string) => Check
}

/** Begins a check. */
export const check = (name: string, subject?: string): Outcomes => {
  const made =
    (status: CheckStatus) =>
    (message: string, advice?: string): Check => ({ name, subject, status, message, advice })
  return { ok: made("ok"), warn: made("warning"), fail: made("failed"), skip: made("skipped") }
}

/** Takes a sentence of the form "what is: what to do." apart; one of another form is all message. */
export const inClauses = (sentence: string): { readonly message: string; readonly advice: string | undefined } => {
  const text = sentence.trim().replace(/\.$/, "")
  const colon = text.lastIndexOf(": ")
  return colon < 0
    ? { message: text, advice: undefined }
    : { message: text.slice(0, colon), advice: text.slice(colon + 2) }
}

/** How many of the checks ended in which way. */
export const tally = (checks: ReadonlyArray<Check>): Readonly<Record<CheckStatus, number>> => {
  const counts: Record<CheckStatus, number> = { ok: 0, warning: 0, failed: 0, skipped: 0 }
  for (const { status } of checks) counts[status]++
  return counts
}
