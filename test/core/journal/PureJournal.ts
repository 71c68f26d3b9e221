import * as Effect from "effect/Effect"
import { encodeUtf8 } from "../../../core/bytes/index.ts"
import { Recovery, Replication } from "../../../core/journal/index.ts"
import type { JournalState, ReadRange } from "../../../core/journal/index.ts"
import type { LogRecord, NewRecord } from "../../../core/log/index.ts"
import type { EventRecord, JournalKey, JournalStore, LogPage } from "../../../core/ports/index.ts"

const recordsPerPage = 3
const pageEvents = 2
/** As much of a tail as is kept between its two uses: some events, not all. */
const tailBytes = 250

/** Shows every record. */
export const everything = (): boolean => true

/** One partition of a log, in an array. */
export class PureLog {
  readonly #records: Array<LogRecord> = []

  get end(): number {
    return this.#records.length
  }

  get records(): ReadonlyArray<LogRecord> {
    return this.#records
  }

  append(record: NewRecord): number {
    const offset = this.end
    this.#records.push({ ...record, offset })
    return offset
  }

  /** A page of the log as it was when it ended at `end`, of what passes the filter. */
  page(offset: number, end: number, isShown: (record: LogRecord) => boolean): LogPage {
    const nextOffset = Math.min(offset + recordsPerPage, end)
    return {
      records: this.#records.slice(offset, nextOffset).filter(isShown),
      nextOffset,
      logStart: 0,
      stableEnd: end
    }
  }
}

/** A replicator that is stepped by hand: it goes as far as `end`, and leaves the store as a real one would. */
export const replicateTo = (
  machine: typeof Replication.replication,
  log: PureLog,
  store: JournalStore,
  topic: string,
  end: number
): void => {
  const inputs: Array<Replication.ReplicationInput> = [{ _tag: "Begin" }]
  let state = Replication.start({
    topic,
    partition: 0,
    atomic: store.atomic,
    heads: 10,
    backoffMs: 1,
    maxBackoffMs: 1
  })
  const answer = (request: Replication.ReplicationRequest): Replication.ReplicationAnswer | undefined => {
    switch (request._tag) {
      case "ReadPointer":
        return { _tag: "PointerRead", offset: Effect.runSync(store.pointer(topic, 0)) }
      case "ReadHead":
        return { _tag: "HeadRead", id: request.id, head: Effect.runSync(store.head({ topic, id: request.id })) }
      case "ReadLog":
        return request.offset < end ? { _tag: "LogRead", page: log.page(request.offset, end, everything) } : undefined
      case "Write":
        Effect.runSync(store.write(request.steps))
        return { _tag: "Written", line: request.line }
    }
  }
  for (let input = inputs.shift(); input !== undefined; input = inputs.shift()) {
    const [next, outputs] = machine.step(state, input)
    state = next
    for (const output of outputs) {
      if (output._tag === "Stalled") throw output.error
      if (output._tag !== "Request") continue
      const answered = answer(output.request)
      if (answered !== undefined) inputs.push({ _tag: "Answered", epoch: output.epoch, answer: answered })
    }
  }
}

/** What a recovery stands on. `mark` writes one and answers with its offset. */
export interface PureSources {
  readonly log: PureLog
  readonly store: JournalStore
  readonly mark: () => number
  /** What of the log is shown to readers. */
  readonly isShown: (record: LogRecord) => boolean
}

/** What a recovery gave. */
export interface Recovered {
  readonly events: ReadonlyArray<EventRecord>
  readonly state: JournalState | undefined
}

/** A recovery that is stepped by hand, each of its requests answered at once and in turn. */
export const recover = (
  machine: typeof Recovery.recovery,
  { isShown, log, mark, store }: PureSources,
  key: JournalKey,
  events: boolean,
  { from = 1, to = Number.MAX_SAFE_INTEGER }: ReadRange = {}
): Recovered => {
  const inputs: Array<Recovery.RecoveryInput> = [{ _tag: "Begin" }, { _tag: "Pull" }]
  const given: Array<EventRecord> = []
  let state = Recovery.start({
    key,
    keyBytes: encodeUtf8(key.id),
    partition: 0,
    from,
    to,
    events,
    pageEvents,
    tailBytes,
    patienceMs: 1
  })
  for (let input = inputs.shift(); input !== undefined; input = inputs.shift()) {
    const [next, outputs] = machine.step(state, input)
    state = next
    for (const output of outputs) {
      switch (output._tag) {
        case "Mark":
          inputs.push({ _tag: "Marked", offset: mark() })
          break
        case "ReadPointer":
          inputs.push({ _tag: "PointerRead", offset: Effect.runSync(store.pointer(key.topic, 0)) })
          break
        case "ReadHead":
          inputs.push({ _tag: "HeadRead", head: Effect.runSync(store.head(key)) })
          break
        case "ReadEvents": {
          const { _tag, ...range } = output
          inputs.push({ _tag: "EventsRead", events: Effect.runSync(store.events({ key, ...range })) })
          break
        }
        case "ReadLog":
          inputs.push({ _tag: "LogRead", page: log.page(output.offset, log.end, isShown) })
          break
        case "Events":
          given.push(...output.events)
          inputs.push({ _tag: "Pull" })
          break
        case "Fail":
          throw output.error
        case "End":
          return { events: given, state: output.state }
      }
    }
  }
  throw new Error(`The recovery came to a halt: it is ${state.phase}.`)
}
