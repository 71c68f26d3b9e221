import type { SoakReport } from "./Soak.ts"

/** How much of what must not happen has happened. */
export const complaintsOf = ({ complaints, doubled, invented, lost, reordered }: SoakReport): number =>
  lost.length + doubled.length + reordered.length + invented.length + complaints.length

/** A report as Markdown: what was done, what went wrong on purpose, and what must not have happened, by name. */
export const soakText = (report: SoakReport, command: string): string => {
  const {
    complaints,
    counts,
    doubled,
    endedAlone,
    finalReads,
    invented,
    leftovers,
    lost,
    reordered,
    seconds,
    strikes
  } = report
  const rows: ReadonlyArray<readonly [string, number | string]> = [
    ["time", `${Math.round(seconds)} s`],
    ["appends acknowledged", counts.appends],
    ["events in them", counts.events],
    ["deletes", counts.deletes],
    ["purges", counts.purges],
    ["writes whose outcome was unknown, or that were refused, and tried again", counts.uncertain],
    ["readings while it went on, all judged", counts.reads],
    ["readings that failed meanwhile, and said so", counts.failedReads],
    ["readings in the end, all judged", finalReads],
    ...[...strikes].toSorted(([a], [b]) => (a < b ? -1 : 1)),
    ["replicators that found nothing to begin with, and were started again", endedAlone.length],
    ["rows in stores that no reader is shown", leftovers],
    ["lost", lost.length],
    ["doubled", doubled.length],
    ["reordered", reordered.length],
    ["invented", invented.length],
    ["other complaints", complaints.length]
  ]
  const details = Object.entries({ lost, doubled, reordered, invented, complaints }).flatMap(([what, names]) =>
    names.slice(0, 20).map((name) => `- ${what}: ${name}`)
  )
  for (const said of endedAlone.slice(0, 3)) details.push(`- ${said.trim().replaceAll("\n", " ")}`)
  return [
    `\`${command}\``,
    "",
    "| what | |",
    "| --- | --- |",
    ...rows.map(([what, value]) => `| ${what} | ${value} |`),
    ...(details.length === 0 ? [] : ["", ...details]),
    ""
  ].join("\n")
}
