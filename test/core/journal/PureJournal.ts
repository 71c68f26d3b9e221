import * as Effect from "effect/Effect"
import { encodeUtf8 } from "../../../core/bytes/index.ts"
import { PartitionCache, Recovery, Replication } from "../../../core/journal/index.ts"
import type { JournalState, ReadRange, TailAnswer } from "../../../core/journal/index.ts"
import type { LogRecord, NewRecord } from "../../../core/log/index.ts"
import type { EventRecord, JournalKey, JournalStore, LogPage } from "../../../core/ports/index.ts"

export type RecoveryMachine = typeof Recovery.recovery
export type ReplicationMachine = typeof Replication.replication
export type CacheMachine = typeof PartitionCache.partitionCache

const pageEvents = 2
/** As much of a tail as is kept between its two uses: some events, not all. */
const tailBytes = 250
const patienceMs = 1000
/** More than any recovery here needs. */
const maxSteps = 10_000

/** One partition of a log, in an array. */
export class PureLog {
  readonly #records: Array<LogRecord> = []
  readonly #recordsPerPage: number
  readonly #isShown: (record: LogRecord) => boolean

  /** `isShown` says what of the log readers are given. */
  constructor(recordsPerPage = 3, isShown: (record: LogRecord) => boolean = () => true) {
    this.#recordsPerPage = recordsPerPage
    this.#isShown = isShown
  }

  get end(): number {
    return this.#records.length
  }

  append(record: NewRecord): number {
    const offset = this.end
    this.#records.push({ ...record, offset })
    return offset
  }

  /** A page of the log as it was when it ended at `end`, with everything in it. */
  page(offset: number, end: number): LogPage {
    const nextOffset = Math.min(offset + this.#recordsPerPage, end)
    return { records: this.#records.slice(offset, nextOffset), nextOffset, logStart: 0, stableEnd: end }
  }

  /** A page of the log as readers are given it. */
  shownPage(offset: number): LogPage {
    const page = this.page(offset, this.end)
    return { ...page, records: page.records.filter(this.#isShown) }
  }
}

/** A replicator that is stepped by hand: it goes as far as `end`, and leaves the store as a real one would. */
export const replicateTo = (
  machine: ReplicationMachine,
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
    journalsAtOnce: 2,
    heads: 10,
    backoffMs: 1,
    maxBackoffMs: 1,
    fenceMs: 1000,
    lookBack: 64
  })
  const answer = (request: Replication.ReplicationRequest): Replication.ReplicationAnswer | undefined => {
    switch (request._tag) {
      case "ReadPointer":
        return { _tag: "PointerRead", offset: Effect.runSync(store.pointer(topic, 0)) }
      case "ReadHeads":
        return { _tag: "HeadsRead", ids: request.ids, heads: Effect.runSync(store.heads(topic, request.ids)) }
      case "ReadLog":
        return request.offset < end ? { _tag: "LogRead", page: log.page(request.offset, end) } : undefined
      case "Look":
        return { _tag: "LogRead", page: log.page(request.offset, end) }
      case "ConfirmPointer":
        return { _tag: "PointerConfirmed", offset: Effect.runSync(store.pointer(topic, 0)) }
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

/** A cache of one partition's tails that is stepped by hand, and is asked again and again. */
export class PureCache {
  readonly #machine: CacheMachine
  readonly #log: PureLog
  readonly #pointer: () => number | undefined
  #state = PartitionCache.start(PartitionCache.defaultPartitionCacheConfig)
  #now = 0
  #tickets = 0
  #answer: TailAnswer | undefined
  /** A read at the end of the log, which waits for something to read. */
  #reading: { readonly epoch: number; readonly offset: number } | undefined

  constructor(machine: CacheMachine, log: PureLog, pointer: () => number | undefined) {
    this.#machine = machine
    this.#log = log
    this.#pointer = pointer
    this.#feed({ _tag: "Begin" })
  }

  /** Some time later, so that the pointer is read again, asks for a journal's tail up to a mark. */
  get(id: string, mark: number): TailAnswer {
    this.#answer = undefined
    this.#wait(PartitionCache.defaultPartitionCacheConfig.pointerMs)
    this.#feed({ _tag: "Get", ticket: this.#tickets++, id, mark })
    while (this.#answer === undefined) {
      const at = this.#machine.wakeAt(this.#state)
      if (at === undefined) throw new Error(`The cache came to a halt:\n${PartitionCache.describe(this.#state)}`)
      this.#wait(at - this.#now)
    }
    return this.#answer
  }

  #wait(millis: number): void {
    this.#now += millis
    this.#feed({ _tag: "Tick", now: this.#now })
  }

  #feed(first: PartitionCache.PartitionCacheInput): void {
    const inputs = [first]
    for (let input = inputs.shift(); input !== undefined || this.#isReadable; input = inputs.shift()) {
      const [next, outputs] = this.#machine.step(this.#state, input ?? this.#read())
      this.#state = next
      for (const output of outputs) {
        if (output._tag === "Reply") this.#answer = output.answer
        if (output._tag !== "Request") continue
        const { epoch, request } = output
        if (request._tag === "ReadLog") this.#reading = { epoch, offset: request.offset }
        else inputs.push({ _tag: "Answered", epoch, answer: { _tag: "PointerRead", offset: this.#pointer() } })
      }
    }
  }

  get #isReadable(): boolean {
    return this.#reading !== undefined && this.#reading.offset < this.#log.end
  }

  #read(): PartitionCache.PartitionCacheInput {
    const { epoch, offset } = this.#reading ?? { epoch: 0, offset: 0 }
    this.#reading = undefined
    return { _tag: "Answered", epoch, answer: { _tag: "LogRead", page: this.#log.shownPage(offset) } }
  }
}

/** What a recovery stands on. `mark` writes one and answers with its offset; without a cache it reads the log itself. */
export interface PureSources {
  readonly log: PureLog
  readonly store: JournalStore
  readonly cache: PureCache | undefined
  readonly mark: () => number
}

/** What a recovery gave. */
export interface Recovered {
  readonly events: ReadonlyArray<EventRecord>
  readonly state: JournalState | undefined
}

/** A recovery that is stepped by hand, each of its requests answered at once and in turn; time passes where it waits. */
export const recover = (
  machine: RecoveryMachine,
  { cache, log, mark, store }: PureSources,
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
    trusted: true,
    cached: cache !== undefined,
    pageEvents,
    tailBytes,
    patienceMs
  })
  for (let steps = 0; ; steps++) {
    if (steps > maxSteps) throw new Error(`The recovery goes round in circles: it is ${state.phase}.`)
    const waiting = machine.wakeAt(state)
    const input = inputs.shift() ?? (waiting === undefined ? undefined : ({ _tag: "Tick", now: waiting } as const))
    if (input === undefined) throw new Error(`The recovery came to a halt: it is ${state.phase}.`)
    const [next, outputs] = machine.step(state, input)
    state = next
    for (const output of outputs) {
      switch (output._tag) {
        case "Mark":
          inputs.push({ _tag: "Marked", offset: mark() })
          break
        case "AskTail":
          if (cache === undefined) throw new Error("The recovery asks where there is nobody to ask.")
          inputs.push({ _tag: "TailKnown", answer: cache.get(key.id, output.mark) })
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
          inputs.push({ _tag: "LogRead", page: log.shownPage(output.offset) })
          break
        case "Events":
          given.push(...output.events)
          inputs.push({ _tag: "Pull" })
          break
        case "Conflict":
          break
        case "Fail":
          throw output.error
        case "End":
          return { events: given, state: output.state }
      }
    }
  }
}
