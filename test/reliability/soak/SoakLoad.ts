import { setTimeout as delay } from "node:timers/promises"
import { JournalError } from "../../../core/journal/index.ts"
import type { Prng } from "../../../core/simulation/index.ts"
import type { Journal, Journals } from "../../../runtimes/promise/index.ts"
import { namesOf } from "../../kills/JournalLoad.ts"
import { both, spotless } from "../../kills/Tally.ts"
import type { Verdict } from "../../kills/Tally.ts"
import { KeyBook } from "./KeyBook.ts"

/** Who writes and who reads, how many keys there are, and how many writers have a part of them each. */
export interface SoakLoadOptions {
  readonly writers: ReadonlyArray<Journals<unknown>>
  readonly readers: ReadonlyArray<Journals<unknown>>
  readonly keys: number
  readonly random: Prng
}

const retryMs = 100
/** What a write may fail with while servers go down; what it says is then unknown, or refused. */
const passing = ["Unavailable", "Unknown", "Refused"]

/** Writers that try again until they know what became of a write, and readers that judge what they find. */
export class SoakLoad {
  readonly books: ReadonlyArray<KeyBook>
  readonly complaints: Array<string> = []
  readonly counts = { appends: 0, events: 0, deletes: 0, purges: 0, uncertain: 0, reads: 0, failedReads: 0 }
  verdict: Verdict = spotless
  readonly #options: SoakLoadOptions
  #stopping = false
  #writing: Promise<unknown> = Promise.resolve()
  #reading: Promise<unknown> = Promise.resolve()

  constructor(options: SoakLoadOptions) {
    this.#options = options
    this.books = Array.from({ length: options.keys }, (_, at) => new KeyBook(`key-${at}`))
  }

  start(): void {
    const { random, readers, writers } = this.#options
    const share = Math.ceil(this.books.length / writers.length)
    this.#writing = Promise.all(
      writers.map((journals, at) =>
        this.#write(journals, this.books.slice(at * share, (at + 1) * share), random.stream(`writer ${at}`))
      )
    )
    this.#reading = Promise.all(readers.map((journals, at) => this.#read(journals, random.stream(`reader ${at}`))))
  }

  async stop(): Promise<void> {
    this.#stopping = true
    await Promise.all([this.#writing, this.#reading])
  }

  async #write(journals: Journals<unknown>, books: ReadonlyArray<KeyBook>, random: Prng): Promise<void> {
    while (!this.#stopping) {
      const book = random.pick(books)
      if (book.retired) {
        await delay(1)
        continue
      }
      const journal = journals.journal(book.id)
      const roll = random.below(100)
      if (roll < 88) await this.#append(journal, book, 1 + random.below(3))
      else if (roll < 96) await this.#delete(journal, book, random.below(20))
      else if (roll < 99 || book.uncertain) await delay(random.below(5))
      else await this.#purge(journal, book)
    }
  }

  async #append(journal: Journal<unknown>, book: KeyBook, count: number): Promise<void> {
    const first = book.acknowledged + 1
    book.tried = first + count - 1
    const events = Array.from({ length: count }, (_, at) => ({ payload: { name: book.nameOf(first + at) } }))
    for (let attempt = 0; ; attempt++) {
      const numbered = attempt === 0 ? events : events.map((event, at) => ({ ...event, seqNr: first + at }))
      const [head = { payload: { name: "" } }, ...rest] = numbered
      try {
        const { from } = await journal.append([head, ...rest])
        if (from !== first) this.complaints.push(`An append to ${book.id} is told ${from} instead of ${first}.`)
        break
      } catch (error) {
        if (!this.#isPassing(error, `An append to ${book.id}`)) {
          book.retired = true
          return
        }
        this.#doubt(book)
      }
      await delay(retryMs)
      if (await this.#isThere(journal, book.nameOf(book.tried))) break
      // One that was started may be in the log or not: nobody will know, and nothing depends on it.
      if (this.#stopping) return
    }
    book.acknowledged = book.tried
    this.counts.appends++
    this.counts.events += count
  }

  async #isThere(journal: Journal<unknown>, name: string): Promise<boolean> {
    try {
      return (await namesOf(journal)).some(([, found]) => found === name)
    } catch (error) {
      this.#isPassing(error, `A read of ${journal.id}`)
      return false
    }
  }

  async #delete(journal: Journal<unknown>, book: KeyBook, kept: number): Promise<void> {
    const to = book.acknowledged - kept
    if (to <= book.deleted) return
    book.deleteTried = Math.max(book.deleteTried, to)
    try {
      await journal.delete(to)
      book.deleted = Math.max(book.deleted, to)
      this.counts.deletes++
    } catch (error) {
      this.#isPassing(error, `A delete of ${book.id}`)
      this.#doubt(book)
    }
  }

  async #purge(journal: Journal<unknown>, book: KeyBook): Promise<void> {
    book.beginPurge()
    try {
      await journal.purge()
      book.endPurge()
      this.counts.purges++
    } catch (error) {
      this.#isPassing(error, `A purge of ${book.id}`)
      this.#doubt(book)
      book.retired = true
    }
  }

  #doubt(book: KeyBook): void {
    book.uncertain = true
    this.counts.uncertain++
  }

  #isPassing(error: unknown, what: string): boolean {
    const passes = error instanceof JournalError && (passing.includes(error.reason) || error.reason === "Changed")
    if (!passes) this.complaints.push(`${what} fails: ${String(error)}`)
    return passes
  }

  async #read(journals: Journals<unknown>, random: Prng): Promise<void> {
    while (!this.#stopping) {
      const book = random.pick(this.books)
      const { certain } = book
      try {
        this.verdict = both(this.verdict, book.judge(await namesOf(journals.journal(book.id)), certain))
        this.counts.reads++
      } catch (error) {
        this.counts.failedReads++
        this.#isPassing(error, `A read of ${book.id}`)
        await delay(retryMs)
      }
    }
  }
}
