const units = [
  { name: "ms", ms: 1, until: 1000 },
  { name: "s", ms: 1000, until: 60_000 },
  { name: "min", ms: 60_000, until: 3_600_000 },
  { name: "h", ms: 3_600_000, until: 2 * 86_400_000 },
  { name: "days", ms: 86_400_000, until: Number.POSITIVE_INFINITY }
]

/** A duration in milliseconds as a person says it: `3 ms`, `1.5 s`, `12 min`, `7 days`. */
export const durationText = (ms: number): string => {
  for (const unit of units) {
    const value = ms / unit.ms
    const rounded = value < 10 && unit.ms > 1 ? Math.round(value * 10) / 10 : Math.round(value)
    if (rounded * unit.ms < unit.until) return `${rounded} ${unit.name}`
  }
  return "for ever"
}

/** A number of things: `1 record`, `2 records`. */
export const counted = (count: number, thing: string): string => `${count} ${thing}${count === 1 ? "" : "s"}`

/** The first few of a list, and how many more there are. */
export const few = (items: ReadonlyArray<string>, most = 3): string =>
  items.length <= most ? items.join(", ") : `${items.slice(0, most).join(", ")} and ${items.length - most} more`
