/** What became of the events of some lines. */
export type Outcome = "written" | "unknown" | "unwritten"

interface LineRange {
  readonly first: number
  last: number
}

const inWords = (ranges: ReadonlyArray<LineRange>): string => {
  const texts = ranges.map(({ first, last }) => (first === last ? `${first}` : `${first}-${last}`))
  const word = texts.length === 1 && ranges[0]?.first === ranges[0]?.last ? "line" : "lines"
  const [last, ...before] = texts.toReversed()
  return before.length === 0 ? `${word} ${last}` : `${word} ${before.toReversed().join(", ")} and ${last}`
}

/**
 * Keeps account of which lines of the input are in the log.
 *
 * **Details**
 *
 * Batches are noted in the order of their lines. Neighbours with the same outcome become one range, over empty lines too.
 */
export class AppendReport {
  readonly #ranges: Readonly<Record<Outcome, Array<LineRange>>> = { written: [], unknown: [], unwritten: [] }
  #outcome: Outcome | undefined

  note(first: number, last: number, outcome: Outcome): void {
    const ranges = this.#ranges[outcome]
    const before = outcome === this.#outcome ? ranges.at(-1) : undefined
    if (before === undefined) ranges.push({ first, last })
    else before.last = last
    this.#outcome = outcome
  }

  /** What is in the log, as the second half of a sentence. */
  describe(): string {
    const { unknown, written } = this.#ranges
    const known =
      written.length === 0 ? "nothing else was appended" : `the events of ${inWords(written)} are in the log`
    if (unknown.length > 0) {
      return `whether the events of ${inWords(unknown)} are in the log is unknown, read the journal to see; ${known}`
    }
    return written.length === 0 ? "nothing was appended" : `${known}, and no others`
  }

  /** One sentence: why the rest was not appended, what is in the log, and what to do. */
  tell(why: string, advice = ""): string {
    const clause = why.replace(/\.+$/, "").replace(/; nothing was written$/, "")
    const isSaid = clause.startsWith("Nothing was appended") && this.#isEmpty()
    return `${clause}${isSaid ? "" : `; ${this.describe()}`}${advice}.`
  }

  #isEmpty(): boolean {
    return this.#ranges.written.length === 0 && this.#ranges.unknown.length === 0
  }
}
