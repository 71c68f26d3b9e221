/**
 * What a client was told of its writes, by name.
 *
 * **Details**
 *
 * - `acknowledged`: it is in the log
 * - `unknown`: it is in the log once, or not at all
 * - `refused`: it is not in the log
 *
 * A write that has begun and has not ended counts as unknown.
 */
export class Tally {
  readonly acknowledged = new Set<string>()
  readonly refused = new Set<string>()
  /** All writes in the order in which they began. */
  readonly begun: Array<string> = []

  get unknown(): number {
    return this.begun.length - this.acknowledged.size - this.refused.size
  }
}

/** What a log has against what its writer was told; each list has the names of the writes. */
export interface Verdict {
  readonly lost: ReadonlyArray<string>
  readonly doubled: ReadonlyArray<string>
  readonly reordered: ReadonlyArray<string>
  /** Never written, or said to be refused, and there. */
  readonly invented: ReadonlyArray<string>
}

/** Compares one writer's names, as they are found in the log, with what the writer was told. */
export const judge = (tally: Tally, found: ReadonlyArray<string>): Verdict => {
  const place = new Map(tally.begun.map((name, at) => [name, at]))
  const seen = new Set<string>()
  const doubled: Array<string> = []
  const reordered: Array<string> = []
  const invented: Array<string> = []
  let last = -1
  for (const name of found) {
    const at = place.get(name)
    if (seen.has(name)) doubled.push(name)
    else if (at === undefined || tally.refused.has(name)) invented.push(name)
    else if (at < last) reordered.push(name)
    seen.add(name)
    last = Math.max(last, at ?? last)
  }
  const lost = [...tally.acknowledged].filter((name) => !seen.has(name))
  return { lost, doubled, reordered, invented }
}

/** Adds verdicts up. */
export const both = (a: Verdict, b: Verdict): Verdict => ({
  lost: [...a.lost, ...b.lost],
  doubled: [...a.doubled, ...b.doubled],
  reordered: [...a.reordered, ...b.reordered],
  invented: [...a.invented, ...b.invented]
})

/** Nothing to complain about. */
export const spotless: Verdict = { lost: [], doubled: [], reordered: [], invented: [] }
