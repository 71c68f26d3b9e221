import { JournalError } from "../../core/journal/index.ts"
import type { Journal, Journals } from "../../runtimes/promise/index.ts"
import { judge, Tally } from "./Tally.ts"
import type { Verdict } from "./Tally.ts"

interface Named {
  readonly name: string
}

/** What one writer knows of its journal. */
export interface Written {
  readonly id: string
  readonly tally: Tally
  /** The numbers of acknowledged events. */
  readonly numbers: Map<string, number>
  /** The greatest number up to which a delete was tried, and acknowledged. */
  deleteTried: number
  deleted: number
}

const isNamed = (payload: unknown): payload is Named =>
  typeof payload === "object" && payload !== null && "name" in payload && typeof payload.name === "string"

/** The events that a reading of a journal gives, as `[number, name]`. */
export const namesOf = async (journal: Journal<unknown>): Promise<ReadonlyArray<readonly [number, string]>> => {
  const found: Array<readonly [number, string]> = []
  for await (const { payload, seqNr } of journal.read()) {
    found.push([seqNr, isNamed(payload) ? payload.name : JSON.stringify(payload)])
  }
  return found
}

/** What is wrong with a reading, when these writes were acknowledged and these deletes under way before it began. */
export const judgeReading = (
  written: Written,
  found: ReadonlyArray<readonly [number, string]>,
  acknowledged: ReadonlySet<string>,
  deleted: number
): Verdict => {
  const { deleteTried, numbers, tally } = written
  const verdict = judge(
    tally,
    found.map(([, name]) => name)
  )
  const here = new Map(found.map(([seqNr, name]) => [name, seqNr]))
  const moved = [...here].filter(([name, seqNr]) => (numbers.get(name) ?? seqNr) !== seqNr || seqNr <= deleted)
  return {
    ...verdict,
    lost: verdict.lost.filter((name) => acknowledged.has(name) && (numbers.get(name) ?? 0) > deleteTried),
    invented: [...verdict.invented, ...moved.map(([name, seqNr]) => `${name} as ${seqNr}`)]
  }
}

/** Writers, one for each journal, and a reader that looks at one after the other. */
export class JournalLoad {
  readonly written: ReadonlyArray<Written>
  readonly complaints: Array<string> = []
  reads = 0
  failedReads = 0
  readonly #journals: Journals<unknown>
  #stopping = false
  #done: Promise<unknown> = Promise.resolve()

  constructor(journals: Journals<unknown>, count: number) {
    this.#journals = journals
    this.written = Array.from({ length: count }, (_, at) => ({
      id: `journal-${at}`,
      tally: new Tally(),
      numbers: new Map<string, number>(),
      deleteTried: 0,
      deleted: 0
    }))
  }

  start(): void {
    this.#done = Promise.all([...this.written.map((one) => this.#write(one)), this.#read()])
  }

  stop(): Promise<unknown> {
    this.#stopping = true
    return this.#done
  }

  async #write(one: Written): Promise<void> {
    const { id, numbers, tally } = one
    const journal = this.#journals.journal(id)
    for (let turn = 1; !this.#stopping; turn++) {
      const first = tally.begun.length
      const names = [`${id}/${first}`, `${id}/${first + 1}`, `${id}/${first + 2}`].slice(0, 1 + (turn % 3))
      tally.begun.push(...names)
      const [head = "", ...rest] = names
      try {
        const { from } = await journal.append([
          { payload: { name: head } },
          ...rest.map((name) => ({ payload: { name } }))
        ])
        for (const [at, name] of names.entries()) {
          numbers.set(name, from + at)
          tally.acknowledged.add(name)
        }
      } catch (error) {
        this.#judgeFailure(error, () => names.forEach((name) => tally.refused.add(name)))
      }
      if (turn % 40 === 0) await this.#delete(journal, one)
    }
  }

  async #delete(journal: Journal<unknown>, one: Written): Promise<void> {
    const last = Math.max(0, ...one.numbers.values())
    if (last <= 30) return
    one.deleteTried = last - 30
    try {
      await journal.delete(one.deleteTried)
      one.deleted = one.deleteTried
    } catch (error) {
      this.#judgeFailure(error, () => undefined)
    }
  }

  #judgeFailure(error: unknown, refused: () => void): void {
    if (!(error instanceof JournalError)) this.complaints.push(String(error))
    else if (error.reason === "Unavailable" || error.reason === "Refused") refused()
    else if (error.reason !== "Unknown") this.complaints.push(`${error.reason}: ${error.message}`)
  }

  async #read(): Promise<void> {
    for (let at = 0; !this.#stopping; at++) {
      const one = this.written[at % this.written.length]
      if (one === undefined) return
      const acknowledged = new Set(one.tally.acknowledged)
      const { deleted } = one
      try {
        const verdict = judgeReading(one, await namesOf(this.#journals.journal(one.id)), acknowledged, deleted)
        this.reads++
        for (const [what, names] of Object.entries(verdict) as ReadonlyArray<[string, ReadonlyArray<string>]>) {
          if (names.length > 0) this.complaints.push(`A read of ${one.id}: ${what}: ${names.slice(0, 5).join(", ")}`)
        }
      } catch (error) {
        this.failedReads++
        const known = error instanceof JournalError && (error.reason === "Unavailable" || error.reason === "Changed")
        if (!known) this.complaints.push(`A read of ${one.id} fails: ${String(error)}`)
      }
    }
  }
}
