import type { HuntReport } from "./Hunt.ts"

const at = (values: ReadonlyArray<number>, share: number): string => {
  const sorted = values.toSorted((a, b) => a - b)
  const value = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]
  return value === undefined ? "none" : `${Math.round(value)}`
}

const spread = (values: ReadonlyArray<number>): string => `${at(values, 0.5)}, ${at(values, 0.9)}, ${at(values, 1)}`

const shown = 20

/** What it all comes to. */
const verdictOf = ({ complaints: { length } }: HuntReport): string =>
  length === 0
    ? "0 complaints: nothing acknowledged was lost, and the history is linearizable."
    : `${length} complaint${length === 1 ? "" : "s"}: the cluster did what it must not; see above.`

/** A report for people: figures first, then each complaint, what was done around it, and last the verdict. */
export const reportText = (report: HuntReport): string => {
  const { around, audit, complaints, counts, failoverMs, ok, readyMs, refused, seconds, unknown } = report
  const rows: ReadonlyArray<readonly [string, number | string]> = [
    ["seed", report.seed],
    ["seconds under load", Math.round(seconds)],
    ["kills", counts.kills],
    ["of these of the leader, alone or not", counts.killsOfLeader],
    ["of these before it was ready", counts.killsBeforeReady],
    ["pauses", counts.pauses],
    ["cuts of links", counts.cuts],
    ["slow links", counts.slowLinks],
    ["full disks (nodes that stopped by it)", `${counts.fullDisks} (${counts.stoppedByFullDisk})`],
    ["snapshots asked for", counts.snapshots],
    ["leaderships handed over", counts.transfers],
    ["terms", report.terms],
    ["operations that ended well", ok],
    ["operations refused", refused],
    ["operations whose outcome is unknown", unknown],
    ["operations a second that ended well", Math.round(ok / seconds)],
    ["keys", report.keys],
    ["fail-over, ms (median, 90 %, max)", spread(failoverMs)],
    ["ready after a start, ms (the same)", spread(readyMs)],
    ["operations checked", audit.checked],
    ["situations in the search", audit.situations],
    ["seconds of checking", audit.seconds.toFixed(2)]
  ]
  return [
    ...rows.map(([name, value]) => `${name.padEnd(40)}${value}`),
    ...complaints.slice(0, shown).map((complaint) => `\n${complaint}`),
    ...(around.length === 0 ? [] : ["\nWhat was done around it:"]),
    ...around.map((strike) => `${strike.at.toFixed(1).padStart(12)}  ${strike.what}`),
    "",
    verdictOf(report),
    ""
  ].join("\n")
}
