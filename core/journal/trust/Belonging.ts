import type { TopicPartition } from "../../log/index.ts"
import type { JournalHead, LogPage } from "../../ports/index.ts"
import { compareHead } from "../fold/Difference.ts"
import { expectedJournals } from "../fold/ExpectedJournals.ts"
import type { ExpectedJournal } from "../fold/ExpectedJournals.ts"
import type { JournalError } from "../model/JournalError.ts"
import type { LogFailure } from "../ports/LogFailure.ts"
import { isOwnRecordId } from "../fold/RecordId.ts"

/**
 * A journal that a store has otherwise than a log: its last record up to the store's pointer is at `offset`, and `store`
 * says in a clause what the store has of it.
 */
export interface ForeignJournal {
  readonly id: string
  readonly offset: number
  readonly store: string
}

/**
 * Whether a store was filled from a log.
 *
 * - `Same`: it has a journal as the log has it
 * - `Other`: of the journals that could be compared it has none as the log has it: not the first, nor so many others
 * - `Beyond`: the log ends before the store's pointer, and says so; `error` tells it
 * - `Unknown`: nothing could be compared
 */
export type Belonging =
  | { readonly _tag: "Same" }
  | { readonly _tag: "Other"; readonly pointer: number; readonly first: ForeignJournal; readonly others: number }
  | { readonly _tag: "Beyond"; readonly error: JournalError }
  | { readonly _tag: "Unknown" }

/** `Look`: a page of the log from this offset, without waiting for one. `ConfirmPointer`: where the pointer is now. */
export type BelongingRequest =
  | { readonly _tag: "Look"; readonly offset: number }
  | { readonly _tag: "ReadHead"; readonly id: string }
  | { readonly _tag: "ConfirmPointer" }

/** The answer to a request. What failed and may be tried again is none: whoever has asked tries it again. */
export type BelongingAnswer =
  | { readonly _tag: "LogRead"; readonly page: LogPage }
  | { readonly _tag: "LogFailed"; readonly failure: Exclude<LogFailure, { readonly _tag: "Retry" }> }
  | { readonly _tag: "HeadRead"; readonly head: JournalHead | undefined }
  | { readonly _tag: "PointerConfirmed"; readonly offset: number | undefined }

/** What to ask for next, or what was found; `Moved` is that the pointer is elsewhere by now, and nothing is known. */
export type BelongingStep =
  | { readonly _tag: "Ask"; readonly state: BelongingState; readonly request: BelongingRequest }
  | { readonly _tag: "Done"; readonly belonging: Belonging | { readonly _tag: "Moved" } }

/** Which partition is looked at: where the store's pointer is, and how many offsets before it are looked at first. */
export interface BelongingPlace extends TopicPartition {
  readonly pointer: number
  readonly lookBack: number
}

type Candidate = readonly [id: string, journal: ExpectedJournal]

/** How far a comparison is. */
export interface BelongingState {
  readonly place: BelongingPlace
  readonly phase: "Looking" | "LookingBeyond" | "Comparing" | "LookingOn" | "Confirming"
  /** The offset that was looked from. */
  readonly from: number
  readonly isWidened: boolean
  /** Up to where the log was seen, the pointer at most. */
  readonly to: number
  /** Journals that are still to be compared; the head of the first one is asked for. */
  readonly left: ReadonlyArray<Candidate>
  readonly foreign: ReadonlyArray<ForeignJournal & { readonly isMissing: boolean }>
  /** Whether a head is beyond the pointer: the store was written to before the pointer was moved, or put back. */
  readonly isAhead: boolean
}

/** How many heads are asked for at most. */
const mostHeads = 8

/** How much further it is looked where the first look has found nothing to compare, as where there are only marks. */
const widening = 16

const unknown: BelongingStep = { _tag: "Done", belonging: { _tag: "Unknown" } }

const ask = (state: BelongingState, request: BelongingRequest): BelongingStep => ({ _tag: "Ask", state, request })

const look = (state: BelongingState, from: number): BelongingStep =>
  ask({ ...state, phase: "Looking", from }, { _tag: "Look", offset: from })

/** Whether the log has the place behind the pointer only the log can say: it may show less of its end than it has. */
const lookBeyond = (state: BelongingState): BelongingStep =>
  ask({ ...state, phase: "LookingBeyond" }, { _tag: "Look", offset: state.place.pointer + 1 })

const next = (state: BelongingState): BelongingStep => {
  const [first] = state.left
  if (first !== undefined) return ask({ ...state, phase: "Comparing" }, { _tag: "ReadHead", id: first[0] })
  const foreign = state.isAhead ? state.foreign.filter(({ isMissing }) => !isMissing) : state.foreign
  if (foreign.length === 0) return unknown
  return foreign.some(({ isMissing }) => isMissing)
    ? ask({ ...state, foreign, phase: "LookingOn" }, { _tag: "Look", offset: state.place.pointer + 1 })
    : confirm({ ...state, foreign })
}

const confirm = (state: BelongingState): BelongingStep =>
  ask({ ...state, phase: "Confirming" }, { _tag: "ConfirmPointer" })

/** Begins to compare what the log has last, up to the store's pointer, with the store. */
export const compareBelonging = (place: BelongingPlace): BelongingStep => {
  const from = Math.max(0, place.pointer + 1 - place.lookBack)
  const to = place.pointer
  const nothing = { left: [], foreign: [], isAhead: false }
  return look({ place, phase: "Looking", from, isWidened: false, to, ...nothing }, from)
}

/** The journals of a page by their last action, the latest first; only those that exist after it. */
const candidates = (state: BelongingState, page: LogPage): ReadonlyArray<Candidate> => {
  const { pointer } = state.place
  const expected = expectedJournals({ ...state.place, isWhole: state.from === 0 })
  expected.absorb({ ...page, records: page.records.filter(({ offset }) => offset <= pointer) })
  return [...expected.journals]
    .filter(([, { head }]) => head !== undefined)
    .sort(([, one], [, other]) => other.offsets[1] - one.offsets[1])
    .slice(0, mostHeads)
}

/** Whether a page purges a journal: a replicator that was killed may have removed its head, and not moved the pointer. */
const isPurged = (state: BelongingState, page: LogPage): ((journal: { readonly id: string }) => boolean) => {
  const { journals, absorb } = expectedJournals({ ...state.place, isWhole: false })
  absorb(page)
  return ({ id }) => (journals.get(id)?.purgedAt ?? -1) >= 0
}

const seen = (state: BelongingState, page: LogPage): BelongingStep => {
  const { lookBack, pointer } = state.place
  if (page.stableEnd <= pointer) return lookBeyond(state)
  const left = candidates(state, page)
  const start = Math.max(page.logStart, pointer + 1 - lookBack * widening)
  if (left.length === 0 && !state.isWidened && start < state.from) return look({ ...state, isWidened: true }, start)
  return next({ ...state, left, to: Math.min(pointer, page.nextOffset - 1) })
}

const logSeen = (state: BelongingState, page: LogPage): BelongingStep => {
  if (state.phase === "Looking") return seen(state, page)
  if (state.phase === "LookingBeyond") return unknown
  const purged = isPurged(state, page)
  const foreign = state.foreign.filter((journal) => !journal.isMissing || !purged(journal))
  return foreign.length === 0 ? unknown : confirm({ ...state, foreign })
}

/** The log has no page there, and never will have. */
const logUnseen = (
  state: BelongingState,
  failure: Extract<BelongingAnswer, { readonly _tag: "LogFailed" }>["failure"]
): BelongingStep => {
  const { from, phase, place } = state
  const isBeyond = failure._tag === "Final" && failure.error.reason === "Lost"
  if (phase === "LookingBeyond" && isBeyond)
    return { _tag: "Done", belonging: { _tag: "Beyond", error: failure.error } }
  if (phase !== "Looking") return unknown
  if (failure._tag === "Final") return isBeyond ? lookBeyond(state) : unknown
  return failure.logStart > from && failure.logStart <= place.pointer ? look(state, failure.logStart) : unknown
}

/** What the store has of a journal: as the log has it, something else, or what tells nothing. */
const judge = (
  { place, to }: BelongingState,
  journal: ExpectedJournal,
  stored: JournalHead | undefined
): "same" | "unknown" | { readonly store: string; readonly isMissing: boolean } => {
  const { first, head, isWhole } = journal
  if (stored === undefined) {
    // What has an end the store may have forgotten by itself, and what was not seen may be a purge.
    const mayBeGone = to < place.pointer || head?.expireAfter !== undefined || (first === undefined && !isWhole)
    return mayBeGone ? "unknown" : { store: "nothing of it", isMissing: true }
  }
  if (stored.partition !== place.partition || stored.offset > to) return "unknown"
  const difference = compareHead(journal, stored)
  const differs = (store: string) => ({ store, isMissing: false })
  if (stored.offset !== head?.offset) return differs(`its last record at offset ${stored.offset}`)
  const fields = new Set(difference?._tag === "HeadDiffers" ? difference.fields.map(({ field }) => field) : [])
  if (fields.has("seqNr")) return differs(`its last event as number ${stored.seqNr}`)
  if (!isWhole && first !== undefined && stored.seqNr > head.seqNr) return "unknown"
  // Other replicators count by their own clock.
  if (!fields.has("updated") || !isOwnRecordId(stored.recordId)) return "same"
  return stored.updated < head.updated ? differs("another record of an earlier time there") : "unknown"
}

/** The store has told the head that was asked for. */
const headSeen = (state: BelongingState, stored: JournalHead | undefined): BelongingStep => {
  const [candidate, ...left] = state.left
  if (candidate === undefined) return next(state)
  const [id, journal] = candidate
  const found = judge(state, journal, stored)
  if (found === "same") return { _tag: "Done", belonging: { _tag: "Same" } }
  const isAhead = state.isAhead || (stored !== undefined && stored.offset > state.place.pointer)
  if (found === "unknown") return next({ ...state, left, isAhead })
  const foreign = [...state.foreign, { id, offset: journal.offsets[1], ...found }]
  return next({ ...state, left, foreign, isAhead })
}

/** The store has told where its pointer is now. */
const pointerSeen = (state: BelongingState, offset: number | undefined): BelongingStep => {
  const { foreign, place } = state
  const [first] = foreign
  if (offset !== place.pointer || first === undefined) return { _tag: "Done", belonging: { _tag: "Moved" } }
  return { _tag: "Done", belonging: { _tag: "Other", pointer: offset, first, others: foreign.length - 1 } }
}

/** Goes on with the answer to what was asked for. */
export const answerBelonging = (state: BelongingState, answer: BelongingAnswer): BelongingStep => {
  switch (answer._tag) {
    case "LogRead":
      return logSeen(state, answer.page)
    case "LogFailed":
      return logUnseen(state, answer.failure)
    case "HeadRead":
      return headSeen(state, answer.head)
    case "PointerConfirmed":
      return pointerSeen(state, answer.offset)
  }
}
