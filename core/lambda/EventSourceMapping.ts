import type { LogRecord, TopicPartition } from "../log/index.ts"
import type { Machine, Transition } from "../machine/index.ts"
import { readBatchResponse } from "./BatchResponse.ts"
import type { PartitionRecords } from "./KafkaEvent.ts"
import type { AssignedPartition, GivenUpWhy, MappingState, PolledRecord } from "./MappingState.ts"
import { halves, parted, resumed, workSize } from "./MappingWork.ts"
import type { Slice, Work } from "./MappingWork.ts"

/**
 * - `Assigned`: partitions that are this poller's from now on, each from an offset: what is committed, or the mapping's
 *   starting position
 * - `Revoked`: partitions that are another's from now on
 * - `Polled`, `PollFailed`: how a `Poll` has ended; `nextOffset` is where the next one begins, behind gaps, too
 * - `Started`: a sandbox has the invocation, and the function's time begins
 * - `Returned`, `Threw`: how an invocation has ended
 * - `GivenUp`: whether given up records are where they go to
 * - `Stop`: nothing is begun any more; what is under way goes on, and what is done is committed
 */
export type MappingInput =
  | { readonly _tag: "Tick"; readonly now: number }
  | { readonly _tag: "Assigned"; readonly partitions: ReadonlyArray<TopicPartition & { readonly offset: number }> }
  | { readonly _tag: "Revoked"; readonly partitions: ReadonlyArray<TopicPartition> }
  | (TopicPartition & {
      readonly _tag: "Polled"
      readonly epoch: number
      readonly records: ReadonlyArray<PolledRecord>
      readonly nextOffset: number
    })
  | (TopicPartition & { readonly _tag: "PollFailed"; readonly epoch: number })
  | { readonly _tag: "Started"; readonly id: number }
  | { readonly _tag: "Returned"; readonly id: number; readonly answer: unknown }
  | { readonly _tag: "Threw"; readonly id: number }
  | { readonly _tag: "GivenUp"; readonly id: number; readonly done: boolean }
  | { readonly _tag: "Stop" }

/**
 * - `Poll`: read records from an offset; answered by one `Polled` or `PollFailed` of the same epoch
 * - `Invoke`: invoke the function with these records; answered by one `Returned` or `Threw`, but for a killed one, and before
 *   by a `Started`, without which the time of the function begins when its sandbox has to be there at the latest
 * - `Kill`: the function's time is up: end the invocation, whatever it is at
 * - `Commit`: everything below `offset` is done, unless the assignment of that epoch is over; nobody waits for it
 * - `GiveUp`: put these records where given up ones go; answered by one `GivenUp`
 */
export type MappingOutput =
  | (TopicPartition & { readonly _tag: "Poll"; readonly epoch: number; readonly offset: number })
  | {
      readonly _tag: "Invoke"
      readonly id: number
      readonly attempt: number
      readonly partitions: ReadonlyArray<PartitionRecords>
    }
  | { readonly _tag: "Kill"; readonly id: number }
  | (TopicPartition & { readonly _tag: "Commit"; readonly epoch: number; readonly offset: number })
  | {
      readonly _tag: "GiveUp"
      readonly id: number
      readonly why: GivenUpWhy
      readonly partitions: ReadonlyArray<PartitionRecords>
    }

type Step = Transition<MappingState, MappingOutput>

const isSame = (one: TopicPartition, other: TopicPartition): boolean =>
  one.topic === other.topic && one.partition === other.partition

const recordsOf = ({ slices }: Work): ReadonlyArray<PartitionRecords> =>
  slices.map(({ partition, records, topic }) => ({ topic, partition, records }))

const assign = (
  before: MappingState,
  added: Extract<MappingInput, { readonly _tag: "Assigned" }>["partitions"]
): MappingState => {
  const state = revoke(before, added)
  const epoch = state.epoch + 1
  const partitions = added.map(({ offset, partition, topic }): AssignedPartition => ({
    topic,
    partition,
    epoch,
    position: offset,
    polling: false,
    pollAt: 0,
    waiting: [],
    waitingSince: 0
  }))
  return { ...state, epoch, partitions: [...state.partitions, ...partitions] }
}

/** Forgets partitions; of an invocation that is under way their records stay, and count for nothing. */
const revoke = (state: MappingState, taken: ReadonlyArray<TopicPartition>): MappingState => {
  const isTaken = (one: TopicPartition): boolean => taken.some((other) => isSame(one, other))
  const pending = state.pending.map((work) => ({ ...work, slices: work.slices.filter((one) => !isTaken(one)) }))
  return {
    ...state,
    partitions: state.partitions.filter((one) => !isTaken(one)),
    pending: pending.filter((work) => workSize(work) > 0)
  }
}

const changed = (
  state: MappingState,
  { epoch, ...place }: TopicPartition & { readonly epoch: number },
  change: (before: AssignedPartition) => AssignedPartition
): MappingState => ({
  ...state,
  partitions: state.partitions.map((one) => (isSame(one, place) && one.epoch === epoch ? change(one) : one))
})

const hasPartition = ({ partitions }: MappingState, slice: Slice): boolean =>
  partitions.some((one) => isSame(one, slice) && one.epoch === slice.epoch)

/** What was given up or done of a work is over: commit what comes before the rest of it. */
const finish = (state: MappingState, work: Work, rest: ReadonlyArray<Work>): Step => {
  const outputs: Array<MappingOutput> = []
  for (const slice of work.slices) {
    const { epoch, partition, records, topic } = slice
    const left = rest.flatMap(({ slices }) => slices).find((one) => isSame(one, slice))
    const last = records.at(-1)
    const offset = left?.records[0]?.offset ?? (last === undefined ? undefined : last.offset + 1)
    const isForward = left === undefined || offset !== records[0]?.offset
    if (offset !== undefined && isForward && hasPartition(state, slice)) {
      outputs.push({ _tag: "Commit", topic, partition, epoch, offset })
    }
  }
  const current = rest
    .map((one) => ({ ...one, slices: one.slices.filter((slice) => hasPartition(state, slice)) }))
    .filter((one) => workSize(one) > 0)
  return [{ ...state, pending: [...current, ...state.pending] }, outputs]
}

/** When another attempt is made. */
const retryAt = ({ config, now }: MappingState, attempts: number): number =>
  now + Math.min(config.maxBackoffMs, config.backoffMs * 2 ** Math.min(attempts - 1, 20))

/** The invocation has failed for all of its records: halve them, or count an attempt. */
const failed = (state: MappingState, work: Work): Step => {
  const isHalved = state.config.bisectBatchOnFunctionError && workSize(work) > 1
  return finish(state, work, isHalved ? halves(work) : [again(state, work)])
}

const again = (state: MappingState, work: Work): Work => {
  const attempts = work.attempts + 1
  return { ...work, attempts, notBefore: retryAt(state, attempts) }
}

/** The function's time begins. */
const started = (state: MappingState, id: number): MappingState => {
  const { config, flight, now } = state
  if (flight === undefined || flight.id !== id) return state
  return { ...state, flight: { ...flight, deadline: now + config.functionTimeoutMs } }
}

const landed = (before: MappingState, input: Extract<MappingInput, { readonly _tag: "Returned" | "Threw" }>): Step => {
  const { flight } = before
  if (flight === undefined || flight.id !== input.id) return [before, []]
  const state = { ...before, flight: undefined }
  const { work } = flight
  if (input._tag !== "Returned") return failed(state, work)
  if (!state.config.reportBatchItemFailures) return finish(state, work, [])
  const verdict = readBatchResponse(input.answer, work.slices)
  switch (verdict._tag) {
    case "Done":
      return finish(state, work, [])
    case "Failed":
      return failed(state, work)
    case "Resume":
      return finish(state, work, [again(state, resumed(work, verdict.resume))])
  }
}

/** Given up records have arrived, or are sent again. */
const left = (before: MappingState, id: number, done: boolean): Step => {
  const { leaving } = before
  if (leaving === undefined || leaving.id !== id) return [before, []]
  const state = { ...before, leaving: undefined }
  const { out, rest, whole } = leaving
  if (done) return finish(state, out, [rest])
  return finish(state, whole, [{ ...whole, notBefore: retryAt(state, Math.max(1, whole.attempts)) }])
}

const bytesOf = (waiting: ReadonlyArray<PolledRecord>): number => waiting.reduce((sum, { bytes }) => sum + bytes, 0)

/** Asks for records where there is room for them. */
const poll = (state: MappingState): Step => {
  const { batchSize, payloadBytes } = state.config
  const outputs: Array<MappingOutput> = []
  const partitions = state.partitions.map((one) => {
    const { epoch, partition, pollAt, polling, position: offset, topic, waiting } = one
    const isFull = waiting.length >= batchSize || bytesOf(waiting) >= payloadBytes
    if (polling || pollAt > state.now || isFull) return one
    outputs.push({ _tag: "Poll", topic, partition, epoch, offset })
    return { ...one, polling: true }
  })
  return [outputs.length === 0 ? state : { ...state, partitions }, outputs]
}

/** What may be done now of what was begun: of each partition the first work alone. */
const ready = ({ pending }: MappingState): ReadonlyArray<Work> =>
  pending.filter((work, at) => {
    const before = pending.slice(0, at).flatMap(({ slices }) => slices)
    return !work.slices.some((slice) => before.some((one) => isSame(one, slice)))
  })

/** The partitions of which nothing is to be done again, and records wait. */
const free = ({ partitions, pending }: MappingState): ReadonlyArray<AssignedPartition> => {
  const begun = pending.flatMap(({ slices }) => slices)
  return partitions.filter((one) => one.waiting.length > 0 && !begun.some((slice) => isSame(one, slice)))
}

/** When a batch of what waits is due: a full one at once. */
const dueAt = (state: MappingState): number => {
  const { batchSize, batchWindowMs, payloadBytes } = state.config
  const some = free(state)
  const waiting = some.flatMap((one) => one.waiting)
  if (waiting.length >= batchSize || bytesOf(waiting) >= payloadBytes) return state.now
  return Math.min(...some.map(({ waitingSince }) => waitingSince + batchWindowMs))
}

/** Makes a batch of what waits: partition after partition, the one that had its turn last comes last. */
const gather = (state: MappingState): readonly [MappingState, Work] => {
  const { batchSize, payloadBytes } = state.config
  let count = 0
  let bytes = 0
  const slices: Array<Slice> = []
  const taken: Array<AssignedPartition> = []
  for (const one of free(state)) {
    const { epoch, partition, topic, waiting } = one
    const records: Array<LogRecord> = []
    for (const { bytes: size, record } of waiting) {
      if (count === batchSize || (count > 0 && bytes + size > payloadBytes)) break
      count++
      bytes += size
      records.push(record)
    }
    if (records.length < waiting.length) count = batchSize
    if (records.length === 0) break
    slices.push({ topic, partition, epoch, records })
    taken.push({ ...one, waiting: waiting.slice(records.length), waitingSince: state.now })
  }
  const others = state.partitions.filter((one) => !taken.some((each) => isSame(each, one)))
  return [
    { ...state, partitions: [...others, ...taken] },
    { slices, attempts: 0, notBefore: 0 }
  ]
}

const giveUp = (state: MappingState, why: GivenUpWhy, whole: Work, [out, rest]: readonly [Work, Work]): Step => {
  const id = state.lastId + 1
  const leaving = { id, out, rest, whole }
  return [{ ...state, lastId: id, leaving }, [{ _tag: "GiveUp", id, why, partitions: recordsOf(out) }]]
}

/** Invokes the function, unless there is a reason to give records up. */
const begin = (state: MappingState, work: Work): Step => {
  const { functionTimeoutMs, initTimeoutMs, maximumRecordAgeMs, maximumRetryAttempts } = state.config
  if (maximumRetryAttempts >= 0 && work.attempts > maximumRetryAttempts) {
    return giveUp(
      state,
      "RetriesExhausted",
      work,
      parted(work, () => true)
    )
  }
  const isOld = ({ timestamp }: LogRecord): boolean => timestamp >= 0 && state.now - timestamp > maximumRecordAgeMs
  const parts = parted(work, (record) => maximumRecordAgeMs >= 0 && isOld(record))
  if (workSize(parts[0]) > 0) return giveUp(state, "TooOld", work, parts)
  const id = state.lastId + 1
  const deadline = state.now + initTimeoutMs + functionTimeoutMs
  const output = { _tag: "Invoke", id, attempt: work.attempts + 1, partitions: recordsOf(work) } as const
  return [{ ...state, lastId: id, flight: { id, work, deadline } }, [output]]
}

const start = (state: MappingState): Step => {
  if (state.flight !== undefined || state.leaving !== undefined) return [state, []]
  const work = ready(state).find(({ notBefore }) => notBefore <= state.now)
  if (work !== undefined) return begin({ ...state, pending: state.pending.filter((one) => one !== work) }, work)
  return dueAt(state) <= state.now ? begin(...gather(state)) : [state, []]
}

const polled = (state: MappingState, input: Extract<MappingInput, { readonly _tag: "Polled" }>): MappingState =>
  changed(state, input, (one) => ({
    ...one,
    polling: false,
    position: Math.max(one.position, input.nextOffset),
    waiting: [...one.waiting, ...input.records.filter(({ record }) => record.offset >= one.position)],
    waitingSince: one.waiting.length === 0 ? state.now : one.waitingSince
  }))

const absorb = (state: MappingState, input: MappingInput): Step => {
  switch (input._tag) {
    case "Tick": {
      const { flight } = state
      const next = { ...state, now: input.now }
      if (flight === undefined || input.now < flight.deadline) return [next, []]
      const [after, outputs] = failed({ ...next, flight: undefined }, flight.work)
      return [after, [{ _tag: "Kill", id: flight.id }, ...outputs]]
    }
    case "Assigned":
      return [assign(state, input.partitions), []]
    case "Revoked":
      return [revoke(state, input.partitions), []]
    case "Polled":
      return [polled(state, input), []]
    case "PollFailed":
      return [
        changed(state, input, (one) => ({ ...one, polling: false, pollAt: state.now + state.config.backoffMs })),
        []
      ]
    case "Started":
      return [started(state, input.id), []]
    case "Returned":
    case "Threw":
      return landed(state, input)
    case "GivenUp":
      return left(state, input.id, input.done)
    case "Stop":
      return [{ ...state, stopping: true }, []]
  }
}

const step = (before: MappingState, input: MappingInput): Step => {
  const [absorbed, first] = absorb(before, input)
  if (absorbed.stopping) return [absorbed, first]
  const [polling, second] = poll(absorbed)
  const [state, third] = start(polling)
  return [state, [...first, ...second, ...third]]
}

const wakeAt = (state: MappingState): number | undefined => {
  const { flight, leaving, partitions } = state
  if (state.stopping) return flight?.deadline
  const times = partitions.filter(({ pollAt, polling }) => !polling && pollAt > state.now).map(({ pollAt }) => pollAt)
  if (flight !== undefined) times.push(flight.deadline)
  else if (leaving === undefined) times.push(dueAt(state), ...ready(state).map(({ notBefore }) => notBefore))
  const at = Math.min(...times)
  return at === Infinity ? undefined : at
}

/**
 * One poller of an event source mapping of AWS Lambda for Kafka: makes batches of what it polls, invokes a function with
 * them, and commits what is done.
 *
 * **Details**
 *
 * One invocation is under way at a time, and what follows waits for it, so that a partition's records are handed over in
 * their order. What is not done is handed over again before anything else of its partitions: whole, in halves, or from where the function says. After `maximumRetryAttempts`, or when they
 * are too old, records are given up and passed over. Partitions that are another
 * poller's are forgotten, while an invocation with their records may go on for as long as it takes.
 */
export const eventSourceMapping: Machine<MappingState, MappingInput, MappingOutput> = { step, wakeAt }
