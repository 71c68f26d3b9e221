import type { PartitionStatus, ReplicatorEvent } from "../../../../core/journal/index.ts"

type Resumed = Extract<ReplicatorEvent, { readonly _tag: "Resumed" }>
type Stalled = Extract<ReplicatorEvent, { readonly _tag: "Stalled" }>

/**
 * What a program reads of a replicator, as lines of JSON.
 *
 * **Details**
 *
 * While a partition waits, its attempts are no news: what it waits for is told once until that changes, and that it goes on
 * when it does. An event tells of that where records were replicated; `goesOn` is to be asked every now and then for
 * partitions that had nothing to replicate.
 */
export interface ReplicatorLines {
  readonly happened: (event: ReplicatorEvent) => ReadonlyArray<string>
  readonly goesOn: (partitions: ReadonlyArray<PartitionStatus>) => ReadonlyArray<string>
}

const lineOf = (event: ReplicatorEvent): string => {
  const { partition, topic } = event
  switch (event._tag) {
    case "Resumed":
      return JSON.stringify({ type: "resumed", topic, partition, nextOffset: event.nextOffset })
    case "Released":
      return JSON.stringify({ type: "released", topic, partition })
    case "Replicated": {
      const { bytes, events, logEnd, nextOffset, records } = event
      const lag = Math.max(logEnd - nextOffset, 0)
      return JSON.stringify({ type: "batch", topic, partition, nextOffset, logEnd, lag, records, events, bytes })
    }
    case "Conflicted":
      return JSON.stringify({ type: "conflict", topic, partition, ...event.conflict })
    case "Stalled": {
      const { error, retryAt } = event
      const { message, reason } = error
      return JSON.stringify({ type: "stalled", topic, partition, retryAt, reason, message })
    }
  }
}

/** Why a partition waits, and what was begun since and not told. */
interface Waiting {
  readonly error: Stalled["error"]
  readonly begun: Resumed | undefined
}

/** Makes the lines of a replicator that has not begun. */
export const replicatorLines = (): ReplicatorLines => {
  const waiting = new Map<string, Waiting>()
  const placeOf = ({ partition, topic }: Pick<ReplicatorEvent, "partition" | "topic">) => `${topic}-${partition}`

  const stalled = (event: Stalled, before: Waiting | undefined): ReadonlyArray<string> => {
    const { error } = event
    waiting.set(placeOf(event), { error, begun: before?.begun })
    const isKnown = before?.error.reason === error.reason && before.error.message === error.message
    return isKnown ? [] : [lineOf(event)]
  }
  return {
    happened: (event) => {
      const place = placeOf(event)
      const before = waiting.get(place)
      switch (event._tag) {
        case "Stalled":
          return stalled(event, before)
        case "Resumed":
          if (before === undefined) return [lineOf(event)]
          waiting.set(place, { ...before, begun: event })
          return []
        case "Replicated": {
          if (before === undefined || event.records === 0) return [lineOf(event)]
          waiting.delete(place)
          return before.begun === undefined ? [lineOf(event)] : [lineOf(before.begun), lineOf(event)]
        }
        case "Released":
          waiting.delete(place)
          return [lineOf(event)]
        case "Conflicted":
          return [lineOf(event)]
      }
    },
    goesOn: (partitions) =>
      partitions.flatMap(({ nextOffset = 0, partition, stalled: still, topic }) => {
        const place = placeOf({ topic, partition })
        const before = waiting.get(place)
        if (still !== undefined || before === undefined) return []
        waiting.delete(place)
        return [lineOf(before.begun ?? { _tag: "Resumed", topic, partition, nextOffset })]
      })
  }
}
