import { compareUtf8 } from "../../core/bytes/index.ts"
import type { EventRecord, ExpiredRequest, ExpiringJournal, JournalHead } from "../../core/ports/index.ts"

/** The position of the first item for which `isBefore` is false, in items for which it is true first and then false. */
const lowerBound = <A>(items: ReadonlyArray<A>, isBefore: (item: A) => boolean): number => {
  let low = 0
  let high = items.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (isBefore(items[middle]!)) low = middle + 1
    else high = middle
  }
  return low
}

/** Events in the order of their sequence numbers, which are distinct. */
class SortedEvents {
  private items: Array<EventRecord> = []

  get isEmpty(): boolean {
    return this.items.length === 0
  }

  private from(seqNr: number): number {
    return lowerBound(this.items, (event) => event.seqNr < seqNr)
  }

  put(event: EventRecord): void {
    const last = this.items[this.items.length - 1]
    if (last === undefined || last.seqNr < event.seqNr) {
      this.items.push(event)
      return
    }
    const at = this.from(event.seqNr)
    this.items.splice(at, this.items[at]?.seqNr === event.seqNr ? 1 : 0, event)
  }

  range(from: number, to: number, limit: number): ReadonlyArray<EventRecord> {
    const start = this.from(from)
    const end = lowerBound(this.items, (event) => event.seqNr <= to)
    return this.items.slice(start, Math.min(end, start + limit))
  }

  remove(from: number, to: number): void {
    const start = this.from(from)
    const end = lowerBound(this.items, (event) => event.seqNr <= to)
    if (start < end) this.items.splice(start, end - start)
  }
}

/** What the store knows of one journal; either part may be missing. */
export interface MemoryJournal {
  readonly events: SortedEvents
  head: JournalHead | undefined
}

/** The journals of one topic. */
export class MemoryTopic {
  private readonly journals = new Map<string, MemoryJournal>()
  /** The ids that have a head, in order; built when it is asked for, dropped when one comes or goes. */
  private sorted: ReadonlyArray<string> | undefined

  get(id: string): MemoryJournal | undefined {
    return this.journals.get(id)
  }

  putEvents(id: string, events: ReadonlyArray<EventRecord>): void {
    const journal = this.open(id)
    for (const event of events) journal.events.put(event)
    this.dropIfEmpty(id, journal)
  }

  putHead(id: string, head: JournalHead): void {
    const journal = this.open(id)
    if (journal.head === undefined) this.sorted = undefined
    journal.head = head
  }

  removeEvents(id: string, from: number, to: number): void {
    const journal = this.journals.get(id)
    if (journal === undefined) return
    journal.events.remove(from, to)
    this.dropIfEmpty(id, journal)
  }

  removeHead(id: string): void {
    const journal = this.journals.get(id)
    if (journal?.head === undefined) return
    journal.head = undefined
    this.sorted = undefined
    this.dropIfEmpty(id, journal)
  }

  ids(after: string | undefined, limit: number): ReadonlyArray<string> {
    const sorted = this.inOrder()
    const start = this.startAfter(after)
    return sorted.slice(start, start + limit)
  }

  expired({ after, limit, onOrBefore }: ExpiredRequest): ReadonlyArray<ExpiringJournal> {
    const sorted = this.inOrder()
    const found: Array<ExpiringJournal> = []
    for (let at = this.startAfter(after?.id); at < sorted.length && found.length < limit; at++) {
      const id = sorted[at]!
      const expireOn = this.journals.get(id)?.head?.expireOn
      if (expireOn !== undefined && expireOn <= onOrBefore) found.push({ id, expireOn })
    }
    return found
  }

  private inOrder(): ReadonlyArray<string> {
    this.sorted ??= Array.from(this.journals)
      .filter(([, journal]) => journal.head !== undefined)
      .map(([id]) => id)
      .sort(compareUtf8)
    return this.sorted
  }

  /** Where in the order the ids after this one begin. */
  private startAfter(id: string | undefined): number {
    return id === undefined ? 0 : lowerBound(this.inOrder(), (each) => compareUtf8(each, id) <= 0)
  }

  private open(id: string): MemoryJournal {
    const found = this.journals.get(id)
    if (found !== undefined) return found
    const created = { events: new SortedEvents(), head: undefined }
    this.journals.set(id, created)
    return created
  }

  private dropIfEmpty(id: string, journal: MemoryJournal): void {
    if (journal.head === undefined && journal.events.isEmpty) this.journals.delete(id)
  }
}
