import { type Check, type CheckStatus, tally } from "./Check.ts"
import { counted } from "./Words.ts"

/** How a check is shown: with signs and colors on a terminal, with words elsewhere. */
export interface CheckStyle {
  readonly signs: boolean
  readonly colors: boolean
}

const signs: Readonly<Record<CheckStatus, string>> = { ok: "✓", warning: "!", failed: "✗", skipped: "-" }
const words: Readonly<Record<CheckStatus, string>> = { ok: "ok", warning: "warn", failed: "FAIL", skipped: "skip" }
const colors: Readonly<Record<CheckStatus, number>> = { ok: 32, warning: 33, failed: 31, skipped: 90 }

/** How wide the column of the names is. */
const nameWidth = 11

/** A check as text: a line, and below it what to do. */
export const checkText = ({ advice, message, name, status }: Check, style: CheckStyle): string => {
  const mark = style.signs ? signs[status] : words[status].padEnd(4)
  const shown = style.colors ? `\u001b[${colors[status]}m${mark}\u001b[39m` : mark
  const skipped = status === "skipped" && style.signs ? "skipped: " : ""
  const line = `${shown} ${name.padEnd(nameWidth)} ${skipped}${message}`
  return advice === undefined ? line : `${line}\n${" ".repeat(mark.length + nameWidth + 2)}-> ${advice}`
}

/** A check as one JSON object. */
export const checkJson = ({ advice, message, name, status, subject }: Check): string =>
  JSON.stringify({ type: "check", check: name, subject, status, message, advice })

const said = (counts: ReturnType<typeof tally>): string =>
  [
    `${counts.ok} ok`,
    counts.warning === 0 ? "" : counted(counts.warning, "warning"),
    counts.failed === 0 ? "" : `${counts.failed} failed`,
    counts.skipped === 0 ? "" : `${counts.skipped} skipped`
  ]
    .filter((text) => text !== "")
    .join(", ")

/** The last line: how the checks ended, in numbers. */
export const summaryText = (checks: ReadonlyArray<Check>): string =>
  `${counted(checks.length, "check")}: ${said(tally(checks))}`

/** The last line as one JSON object. */
export const summaryJson = (checks: ReadonlyArray<Check>): string => {
  const { failed, ok, skipped, warning } = tally(checks)
  return JSON.stringify({ type: "summary", checks: checks.length, ok, warnings: warning, failed, skipped })
}
