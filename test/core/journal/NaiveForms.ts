import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { decodeAction } from "../../../core/journal/index.ts"
import type { Action } from "../../../core/journal/index.ts"
import type { LogRecord } from "../../../core/log/index.ts"
import type { EventRecord, JournalHead, JournalStore, LogPage } from "../../../core/ports/index.ts"
import { realParts } from "./HazardStory.ts"
import type { Parts } from "./HazardStory.ts"
import type { CacheMachine, RecoveryMachine, ReplicationMachine } from "./PureJournal.ts"

const actionOf = (record: LogRecord): Action | undefined => Result.getOrUndefined(decodeAction(record))

type Transform = (records: ReadonlyArray<LogRecord>) => ReadonlyArray<LogRecord>

const seen = (transform: Transform, page: LogPage): LogPage => ({ ...page, records: transform(page.records) })

/** Readers that are given other records than the log has. */
const readersOf = (transform: () => Transform): Pick<Parts, "recovery" | "cache"> => {
  const recovery = (): RecoveryMachine => {
    const { step, wakeAt } = realParts.recovery
    let forRead = transform()
    return {
      wakeAt,
      step: (state, input) => {
        if (input._tag === "Begin") forRead = transform()
        return step(state, input._tag === "LogRead" ? { ...input, page: seen(forRead, input.page) } : input)
      }
    }
  }
  const cache = (): CacheMachine => {
    const { step, wakeAt } = realParts.cache
    let forRead = transform()
    return {
      wakeAt,
      step: (state, input) => {
        if (input._tag === "Begin") forRead = transform()
        if (input._tag !== "Answered" || input.answer._tag !== "LogRead") return step(state, input)
        return step(state, { ...input, answer: { ...input.answer, page: seen(forRead, input.answer.page) } })
      }
    }
  }
  return { recovery: recovery(), cache: cache() }
}

/** H1: readers that know of a purge in the tail no more than that nothing came before it in the log. */
export const forgetsPurge: Parts = {
  ...realParts,
  ...readersOf(() => (records) => records.filter((record) => actionOf(record)?._tag !== "Purge"))
}

const rowsOf = (store: JournalStore, key: Parameters<JournalStore["head"]>[0]) =>
  store.events({ key, from: 1, to: Number.MAX_SAFE_INTEGER, limit: 1000 })

/** H2: readers that take the store's rows for whole records, and go on in the log behind the last one. */
export const trustsRows: Parts = {
  ...realParts,
  view: (store) => ({
    ...store,
    head: (key) =>
      Effect.map(Effect.all([store.head(key), rowsOf(store, key)]), ([head, rows]): JournalHead | undefined => {
        const last = rows.at(-1)
        return head === undefined || last === undefined ? head : { ...head, seqNr: last.seqNr, offset: last.offset }
      })
  })
}

const segmentSize = 3

/** A store in segments of three numbers, whose reads go on to the next one only from the last number of one. */
const segmented = (store: JournalStore): JournalStore => ({
  ...store,
  events: ({ from, key, limit, to }) =>
    Effect.map(rowsOf(store, key), (rows) => {
      const found: Array<EventRecord> = []
      for (let segment = Math.ceil(from / segmentSize); ; segment++) {
        const end = segment * segmentSize
        const slots = rows.filter(({ seqNr }) => seqNr > end - segmentSize && seqNr <= end)
        found.push(...slots.filter(({ seqNr }) => seqNr >= from && seqNr <= to))
        if (slots.at(-1)?.seqNr !== end) return found.slice(0, limit)
      }
    })
})

/** H3: a store whose reads end at a gap at the end of a segment. */
export const endsAtGap: Parts = { ...realParts, view: segmented }

/** H4: a reader that stops only where it sees a record of its own key at its mark or beyond, however long it takes. */
export const waitsForOwnRecord: Parts = {
  ...realParts,
  recovery: {
    wakeAt: () => undefined,
    step: (state, input) => {
      const { step } = realParts.recovery
      if (input._tag !== "LogRead" || state.mark === undefined) return step(state, input)
      const mark = state.mark
      const isReached = input.page.records.some(
        (record) => record.offset >= mark && actionOf(record)?.journalId === state.config.key.id
      )
      if (isReached) return step(state, input)
      return step(state, { ...input, page: { ...input.page, nextOffset: Math.min(input.page.nextOffset, mark - 1) } })
    }
  }
}

/** H6: readers for whom a delete beyond the last event goes on, and reaches the events that are appended after it. */
export const unclamped: Parts = {
  ...realParts,
  ...readersOf(() => {
    let pending: LogRecord | undefined
    return (records) =>
      records.flatMap((record) => {
        const action = actionOf(record)
        if (action?._tag === "Delete") pending = record
        return action?._tag === "Append" && pending !== undefined
          ? [record, { ...pending, offset: record.offset }]
          : [record]
      })
  })
}

/** The last number of the last append in some records, whatever was appended before. */
const lastAppended = (records: ReadonlyArray<LogRecord>, before: number | undefined): number | undefined =>
  records.reduce<number | undefined>((last, record) => {
    const action = actionOf(record)
    return action?._tag === "Append" ? action.range.to : last
  }, before)

/** H7: a reader for whom the last number is that of the last append, also when that is a late one. */
export const lastByOrder: Parts = {
  ...realParts,
  recovery: (() => {
    const { step, wakeAt } = realParts.recovery
    let last: number | undefined
    const machine: RecoveryMachine = {
      wakeAt,
      step: (state, input) => {
        if (input._tag === "Begin") last = undefined
        if (input._tag === "LogRead") last = lastAppended(input.page.records, last)
        const [after, outputs] = step(state, input)
        return [
          after,
          outputs.map((output) =>
            output._tag === "End" && output.state !== undefined
              ? { ...output, state: { ...output.state, seqNr: last ?? output.state.seqNr } }
              : output
          )
        ]
      }
    }
    return machine
  })()
}

/** A replicator that changes the heads that it writes. */
const writingHeads = (
  learn: (records: ReadonlyArray<LogRecord>) => void,
  change: (head: JournalHead) => JournalHead
): ReplicationMachine => {
  const { step, wakeAt } = realParts.replication
  return {
    wakeAt,
    step: (state, input) => {
      if (input._tag === "Answered" && input.answer._tag === "LogRead") learn(input.answer.page.records)
      const [after, outputs] = step(state, input)
      return [
        after,
        outputs.map((output) => {
          if (output._tag !== "Request" || output.request._tag !== "Write") return output
          const steps = output.request.steps.map((one) =>
            one._tag === "PutHead" ? { ...one, head: change(one.head) } : one
          )
          return { ...output, request: { ...output.request, steps } }
        })
      ]
    }
  }
}

/** H7: a replicator for which the last number is that of the last append, also when that is a late one. */
export const storesLastByOrder = (): Parts => {
  let last: number | undefined
  const learn = (records: ReadonlyArray<LogRecord>) => {
    last = lastAppended(records, last)
  }
  return { ...realParts, replication: writingHeads(learn, (head) => ({ ...head, seqNr: last ?? head.seqNr })) }
}

/** H8: a replicator for which the last delete counts, also when it is a lower one. */
export const lowersDelete = (): Parts => {
  let to: number | undefined
  const learn = (records: ReadonlyArray<LogRecord>) => {
    for (const record of records) {
      const action = actionOf(record)
      if (action?._tag === "Delete") to = action.to
    }
  }
  const change = (head: JournalHead): JournalHead => ({ ...head, deleteTo: Math.min(to ?? head.deleteTo, head.seqNr) })
  return { ...realParts, replication: writingHeads(learn, change) }
}

/** A store in segments that has to be read as well as one without, by whatever runs the journal. */
export const inSegments = (parts: Parts): Parts => ({ ...parts, view: segmented })

/** H16: readers for whom a delete before any append is nothing, as there is nothing to delete. */
export const ignoresEarlyDelete: Parts = {
  ...realParts,
  ...readersOf(() => {
    let begun = false
    return (records) =>
      records.filter((record) => {
        const tag = actionOf(record)?._tag
        begun ||= tag === "Append"
        return begun || tag !== "Delete"
      })
  })
}
