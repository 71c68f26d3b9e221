import type { EventRecord, JournalHead, LogPage } from "../../ports/index.ts"
import { replicationBatch } from "./ReplicationBatch.ts"
import { type PlacedAction, planJournal } from "./ReplicationPlan.ts"

/**
 * What a range of the log says of one journal.
 *
 * **Details**
 *
 * `head` is the head that a store should have, `undefined` after a purge. Where `isWhole` is false the journal may have
 * begun before the range: the head then counts from nothing, and only its offset, its times and what the range itself
 * appended and deleted can be held against a store. `first` is the lowest number that the range appended to the life that
 * `head` is of. `purgedAt` is the offset of the last purge, -1 where there is none, and `offsets` are the places of the
 * first and the last action.
 */
export interface ExpectedJournal {
  readonly head: JournalHead | undefined
  readonly isWhole: boolean
  readonly first: number | undefined
  readonly purgedAt: number
  readonly offsets: readonly [first: number, last: number]
}

/**
 * What one batch of the log adds to a journal: events that count, by number, and the numbers (`above` exclusive, `to`
 * inclusive) among which there are no others.
 */
export interface ExpectedEvents {
  readonly id: string
  readonly events: ReadonlyArray<EventRecord>
  readonly above: number
  readonly to: number
  /** Offset of the last action. */
  readonly offset: number
}

/** Journals by their ids, as a range of the log makes them; `unreadable` counts records that cannot be decoded. */
export interface ExpectedJournals {
  readonly journals: ReadonlyMap<string, ExpectedJournal>
  readonly records: () => number
  readonly unreadable: () => number
  /** Takes the next page of the range, and tells what it adds. */
  readonly absorb: (page: LogPage) => ReadonlyArray<ExpectedEvents>
}

/** Where the range is. With `isWhole` nothing of the partition was before it. */
export interface ExpectedRange {
  readonly topic: string
  readonly partition: number
  readonly isWhole: boolean
}

/** Stands for the head of a journal of which nothing is known. */
const unknownHead = (partition: number): JournalHead => ({
  partition,
  offset: -1,
  seqNr: 0,
  deleteTo: 0,
  recordId: "",
  created: 0,
  updated: 0,
  expireAfter: undefined,
  expireOn: undefined,
  origin: undefined
})

const firstNumber = (actions: ReadonlyArray<PlacedAction>): number | undefined => {
  const append = actions.find((action) => action._tag === "Append")
  return append?._tag === "Append" ? append.range.from : undefined
}

/**
 * Folds a range of the log, by the rules by which a replicator does, into what a store should have.
 *
 * **Details**
 *
 * A record that cannot be decoded is passed over, as it was by whoever set the store's pointer beyond it.
 */
export const expectedJournals = ({ isWhole, partition, topic }: ExpectedRange): ExpectedJournals => {
  const journals = new Map<string, ExpectedJournal>()
  let records = 0
  let unreadable = 0

  const fold = (id: string, actions: ReadonlyArray<PlacedAction>): ExpectedEvents => {
    const before = journals.get(id)
    const start = before === undefined && !isWhole ? unknownHead(partition) : before?.head
    const plan = planJournal({ topic, id }, partition, start, actions)
    const offset = actions.at(-1)?.offset ?? -1
    const purge = actions.findLast((action) => action._tag === "Purge")
    const rest = purge === undefined ? actions : actions.filter((action) => action.offset > purge.offset)
    const known = purge === undefined ? before : undefined
    const first = known?.first ?? firstNumber(rest)
    const whole = known?.isWhole ?? (purge !== undefined || isWhole)
    journals.set(id, {
      head: plan.head,
      isWhole: whole,
      first,
      purgedAt: purge?.offset ?? before?.purgedAt ?? -1,
      offsets: [before?.offsets[0] ?? actions[0]?.offset ?? -1, offset]
    })
    const events = plan.steps.flatMap((step) => (step._tag === "PutEvents" ? step.events : []))
    const from = purge === undefined ? (before?.head?.seqNr ?? 0) : 0
    const above = whole ? from : Math.max(from, (first ?? 1) - 1)
    return { id, events, above, to: plan.head?.seqNr ?? above, offset }
  }

  return {
    journals,
    records: () => records,
    unreadable: () => unreadable,
    absorb: (page) => {
      const added: Array<ExpectedEvents> = []
      let rest: LogPage | undefined = page
      while (rest !== undefined) {
        const left: LogPage = rest
        const batch = replicationBatch(topic, partition, left)
        records += batch.records
        for (const [id, actions] of batch.actions) added.push(fold(id, actions))
        rest = batch.rest
        if (batch.poison !== undefined) {
          records++
          unreadable++
          rest = { ...left, records: left.records.filter(({ offset }) => offset > batch.nextOffset) }
        }
      }
      return added
    }
  }
}
