import type { HuntReport } from "./Hunt.ts"

const median = (values: ReadonlyArray<number>): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0

/** How much of what must not happen has happened. */
export const violations = ({ complaints, doubled, invented, lost, reordered }: HuntReport): number =>
  lost.length + doubled.length + reordered.length + invented.length + complaints.length

/** What it all comes to. */
const verdictOf = (report: HuntReport): string => {
  const count = violations(report)
  if (count === 0) return "0 complaints: nothing acknowledged was lost, doubled or reordered, and nothing was invented."
  return `${count} complaint${count === 1 ? "" : "s"}: what clients were told is not what is there; see above.`
}

/** A report for people: figures first, then each violation by name, and last the verdict. */
export const reportText = (report: HuntReport, seed: number): string => {
  const { complaints, doubled, invented, lost, readyMs, reordered } = report
  const rows: ReadonlyArray<readonly [string, number | string]> = [
    ["seed", seed],
    ["kills of the broker", report.brokerKills],
    ["kills of the replicator", report.replicatorKills],
    ["of these before it was ready", report.killsBeforeReady],
    ["writes acknowledged", report.acknowledged],
    ["writes refused", report.refused],
    ["writes whose answer was lost", report.unknown],
    ["reads of a journal, all judged", report.reads],
    ["reads that failed meanwhile", report.failedReads],
    ["commits of the group acknowledged", report.commits],
    ["lost", lost.length],
    ["doubled", doubled.length],
    ["reordered", reordered.length],
    ["invented", invented.length],
    ["other complaints", complaints.length],
    ["broker ready after, ms (median, max)", `${Math.round(median(readyMs))}, ${Math.round(Math.max(...readyMs))}`]
  ]
  const details = Object.entries({ lost, doubled, reordered, invented, complaints }).flatMap(([what, names]) =>
    names.slice(0, 20).map((name) => `${what}: ${name}`)
  )
  return [...rows.map(([name, value]) => `${name.padEnd(38)}${value}`), ...details, "", verdictOf(report), ""].join(
    "\n"
  )
}
