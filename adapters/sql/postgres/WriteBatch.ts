import type { EventRecord, JournalHead, JournalKey, WriteStep } from "../../../core/ports/index.ts"

type PutPointer = Extract<WriteStep, { readonly _tag: "PutPointer" }>

/** Events of a journal that go, with both ends of the range. */
export interface RemovedEvents {
  readonly key: JournalKey
  readonly from: number
  readonly to: number
}

/** An event with the journal and the incarnation that it belongs to. */
export interface PlacedEvent {
  readonly key: JournalKey
  readonly recordId: string
  readonly event: EventRecord
}

/**
 * What some steps come to when they are one transaction: each row is written or removed once.
 *
 * **Details**
 *
 * Events are removed before others are put. Pointers are in the order of topics and partitions, so that no two
 * transactions wait for each other's.
 */
export interface WriteBatch {
  readonly pointers: ReadonlyArray<PutPointer>
  readonly removedEvents: ReadonlyArray<RemovedEvents>
  readonly events: ReadonlyArray<PlacedEvent>
  readonly removedHeads: ReadonlyArray<JournalKey>
  readonly heads: ReadonlyArray<{ readonly key: JournalKey; readonly head: JournalHead }>
}

/** What becomes of one journal. `head` is `undefined` where it stays as it is, and `null` where it goes. */
interface Draft {
  readonly key: JournalKey
  readonly removed: Array<RemovedEvents>
  readonly events: Map<number, PlacedEvent>
  head: JournalHead | null | undefined
}

const draftOf = (drafts: Map<string, Draft>, key: JournalKey): Draft => {
  const name = `${key.topic.length}:${key.topic}${key.id}`
  const found = drafts.get(name)
  if (found !== undefined) return found
  const made: Draft = { key, removed: [], events: new Map(), head: undefined }
  drafts.set(name, made)
  return made
}

const inOrder = (one: PutPointer, other: PutPointer): number =>
  one.topic === other.topic ? one.partition - other.partition : one.topic < other.topic ? -1 : 1

/** Takes the steps together: what a later one undoes is left out. */
export const batchOf = (steps: ReadonlyArray<WriteStep>): WriteBatch => {
  const drafts = new Map<string, Draft>()
  const pointers: Array<PutPointer> = []
  for (const step of steps) {
    switch (step._tag) {
      case "PutEvents": {
        const { events } = draftOf(drafts, step.key)
        const { recordId } = step.head
        for (const event of step.events) events.set(event.seqNr, { key: step.key, recordId, event })
        break
      }
      case "RemoveEvents": {
        const { from, key, to } = step
        const { events, removed } = draftOf(drafts, key)
        for (const seqNr of events.keys()) if (seqNr >= from && seqNr <= to) events.delete(seqNr)
        removed.push({ key, from, to })
        break
      }
      case "PutHead":
        draftOf(drafts, step.key).head = step.head
        break
      case "RemoveHead":
        if (step.previous !== undefined) draftOf(drafts, step.key).head = null
        break
      case "PutPointer":
        pointers.push(step)
    }
  }
  const all = [...drafts.values()]
  return {
    pointers: pointers.sort(inOrder),
    removedEvents: all.flatMap(({ removed }) => removed),
    events: all.flatMap(({ events }) => [...events.values()]),
    removedHeads: all.flatMap(({ head, key }) => (head === null ? [key] : [])),
    heads: all.flatMap(({ head, key }) => (head === null || head === undefined ? [] : [{ key, head }]))
  }
}
