/** What became of the events of some lines. */
export type Outcome = "written" | "unknown" | "unwritten"

interface LineRange {
  readonly first: number
  readonly last: number
}

const sentenceOf = (ranges: ReadonlyArray<LineRange>): string => {
  const texts = ranges.map(({ first, last }) => (first === last ? `${first}` : `${first}-${last}`))
  const plural = ranges.length > 1 || ranges.some(({ first, last }) => first !== last)
  const head = texts.slice(0, -1).join(", ")
  return `${plural ? "lines" : "line"} ${head === "" ? "" : `${head} and `}${texts.at(-1) ?? ""}`
}

/**
 * Keeps account of which lines of the input are in the log.
 *
 * **Details**
 *
 * Batches are noted in the order of their lines; ranges that touch become one.
 */
export class AppendReport {
  readonly #ranges: Record<Outcome, Array<{ first: number; last: number }>> = {
    written: [],
    unknown: [],
    unwritten: []
  }

  note(first: number, last: number, outcome: Outcome): void {
    const ranges = this.#ranges[outcome]
    const before = ranges.at(-1)
    const joins = before !== undefined && !this.#hasBetween(before.last, first)
    if (joins) before.last = last
    else ranges.push({ first, last })
  }

  /** What is in the log, as the second half of a sentence. */
  describe(): string {
    const { unknown, written } = this.#ranges
    if (written.length === 0 && unknown.length === 0) return "nothing was appended"
    const inLog =
      written.length === 0 ? "no event is surely in the log" : `the events of ${sentenceOf(written)} are in the log`
    if (unknown.length === 0) return `${inLog}, and no others`
    return `${inLog}, and whether those of ${sentenceOf(unknown)} are is unknown: read the journal to see`
  }

  /** Whether a line with another outcome is between two lines; empty lines are none. */
  #hasBetween(after: number, before: number): boolean {
    return Object.values(this.#ranges).some((ranges) => ranges.some(({ first }) => first > after && first < before))
  }
}
