import type { Machine } from "../machine/index.ts"
import type { Address } from "../ports/index.ts"
import { ErrorCode, type Metadata } from "../protocol/index.ts"
import { type ClientFailure, isLasting } from "./ClientFailure.ts"

type MetadataResponse = (typeof Metadata)["response"]["Type"]

/** What is known of a topic since the load with this number; `errorCode` is Kafka's, 0 for a topic that is there. */
interface KnownTopic {
  readonly load: number
  readonly loadedAt: number
  readonly errorCode: number
  /** The leader of each partition by its number, -1 for none. */
  readonly leaders: ReadonlyMap<number, number>
}

/**
 * What somebody wants to know.
 *
 * **Details**
 *
 * `newerThan` is the load (see `Leader`) whose answer proved wrong; 0 is content with any. `create` asks the brokers to
 * create the topic where their settings allow it; as they do so in the background, the topic is then looked for a few
 * times before it counts as missing. `maxAgeMs` is how old the number of partitions may be, where that is to be less than for
 * everything else.
 */
export type MetadataQuestion =
  | { readonly _tag: "Leader"; readonly topic: string; readonly partition: number; readonly newerThan: number }
  | { readonly _tag: "Partitions"; readonly topic: string; readonly create: boolean; readonly maxAgeMs?: number }
  | { readonly _tag: "Topics" }

/** The answer to a question; `errorCode` is Kafka's for a topic or partition that cannot be used. */
export type MetadataAnswer =
  | { readonly _tag: "Leader"; readonly address: Address; readonly load: number }
  | { readonly _tag: "Partitions"; readonly count: number }
  | { readonly _tag: "Topics"; readonly names: ReadonlyArray<string> }
  | { readonly _tag: "Unusable"; readonly errorCode: number }
  | { readonly _tag: "Failed"; readonly failure: ClientFailure }

/** How old an answer may be, and how long to wait after a load that failed; all in milliseconds. */
export interface MetadataConfig {
  readonly maxAgeMs: number
  readonly backoffMs: number
  readonly maxBackoffMs: number
}

/** How metadata is refreshed unless said otherwise. */
export const defaultMetadataConfig: MetadataConfig = { maxAgeMs: 300_000, backoffMs: 50, maxBackoffMs: 1000 }

interface Waiting {
  readonly id: number
  readonly question: MetadataQuestion
  /** The load that is or was to answer it must have a number of at least this. */
  readonly since: number
}

/** What is known of a cluster. Make it with {@link nothingKnown}; only the machine makes the next one. */
export interface MetadataState {
  readonly config: MetadataConfig
  readonly now: number
  /** The number of the last load that was started. */
  readonly load: number
  readonly loading: boolean
  readonly failures: number
  readonly retryAt: number
  readonly lastFailure: ClientFailure | undefined
  /** Whether a broker has ever answered. */
  readonly reached: boolean
  readonly brokers: ReadonlyMap<number, Address>
  readonly topics: ReadonlyMap<string, KnownTopic>
  readonly waiting: ReadonlyArray<Waiting>
}

/**
 * - `Tick`: the time, in milliseconds since the epoch
 * - `Ask`: a question, answered by one `Answer`
 * - `Cancel`: nobody waits for that answer any more
 * - `Loaded`: what a broker answered; `all` when it was asked for every topic
 * - `LoadFailed`: no broker answered
 */
export type MetadataInput =
  | { readonly _tag: "Tick"; readonly now: number }
  | { readonly _tag: "Ask"; readonly id: number; readonly question: MetadataQuestion }
  | { readonly _tag: "Cancel"; readonly id: number }
  | { readonly _tag: "Loaded"; readonly topics: ReadonlyArray<string> | null; readonly response: MetadataResponse }
  | { readonly _tag: "LoadFailed"; readonly failure: ClientFailure }

/**
 * - `Load`: ask a broker for these topics, `null` for all; answered by one `Loaded` or `LoadFailed`. With `create`, the
 *   broker may create those that are missing
 * - `Answer`: what was asked
 */
export type MetadataOutput =
  | { readonly _tag: "Load"; readonly topics: ReadonlyArray<string> | null; readonly create: boolean }
  | { readonly _tag: "Answer"; readonly id: number; readonly answer: MetadataAnswer }

/** A cluster of which nothing is known. */
export const nothingKnown = (config: MetadataConfig): MetadataState => ({
  config,
  now: 0,
  load: 0,
  loading: false,
  failures: 0,
  retryAt: 0,
  lastFailure: undefined,
  reached: false,
  brokers: new Map(),
  topics: new Map(),
  waiting: []
})

/** Codes that pass by themselves while a cluster elects leaders. */
const passing: ReadonlySet<number> = new Set([
  ErrorCode.LEADER_NOT_AVAILABLE,
  ErrorCode.REPLICA_NOT_AVAILABLE,
  ErrorCode.NOT_LEADER_OR_FOLLOWER
])

/** How many loads a topic that is being created may be missing in. */
const createLoads = 5

const isBeingCreated = (question: MetadataQuestion, since: number, known: KnownTopic): boolean =>
  question._tag === "Partitions" &&
  question.create &&
  known.errorCode === ErrorCode.UNKNOWN_TOPIC_OR_PARTITION &&
  known.load - since < createLoads

const unusable = (errorCode: number): MetadataAnswer => ({ _tag: "Unusable", errorCode })

/** How old the answer to a question may be. */
const maxAgeOf = ({ maxAgeMs }: MetadataConfig, question: MetadataQuestion): number =>
  question._tag === "Partitions" ? Math.min(maxAgeMs, question.maxAgeMs ?? maxAgeMs) : maxAgeMs

/** The answer that the known topics give, or `undefined` when a load is needed. */
const lookUp = (state: MetadataState, { question, since }: Waiting): MetadataAnswer | undefined => {
  // A list of all topics, and an unusable topic, is never answered from memory: only a load that follows the question counts.
  if (question._tag === "Topics") return undefined
  const known = state.topics.get(question.topic)
  if (known === undefined || state.now - known.loadedAt >= maxAgeOf(state.config, question)) return undefined
  if (known.errorCode !== ErrorCode.NONE) {
    const final = known.load >= since && !passing.has(known.errorCode) && !isBeingCreated(question, since, known)
    return final ? unusable(known.errorCode) : undefined
  }
  if (question._tag === "Partitions") return { _tag: "Partitions", count: known.leaders.size }
  if (known.load <= question.newerThan) return undefined
  const leader = known.leaders.get(question.partition)
  if (leader === undefined) {
    return known.load >= since ? unusable(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION) : undefined
  }
  const address = state.brokers.get(leader)
  return address === undefined ? undefined : { _tag: "Leader", address, load: known.load }
}

/** The answer that what is known gives at this time, in milliseconds since the epoch; `undefined` when the brokers have to be asked. */
export const recall = (state: MetadataState, now: number, question: MetadataQuestion): MetadataAnswer | undefined =>
  lookUp({ ...state, now }, { id: 0, question, since: Infinity })

const learn = (
  state: MetadataState,
  asked: ReadonlyArray<string> | null,
  response: MetadataResponse
): MetadataState => {
  const { load, now: loadedAt } = state
  const topics = new Map(asked === null ? [] : state.topics)
  for (const name of asked ?? state.waiting.flatMap(({ question }) => topicOf(question) ?? [])) {
    topics.set(name, { load, loadedAt, errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, leaders: new Map() })
  }
  for (const { errorCode, name, partitions } of response.topics) {
    if (name === null) continue
    const leaders = new Map(partitions.map((each) => [each.partitionIndex, each.leaderId]))
    topics.set(name, { load, loadedAt, errorCode, leaders })
  }
  const brokers = new Map(response.brokers.map(({ host, nodeId, port }) => [nodeId, { host, port }]))
  return { ...state, reached: true, lastFailure: undefined, brokers, topics }
}

const topicOf = (question: MetadataQuestion): string | undefined =>
  question._tag === "Topics" ? undefined : question.topic

const backOff = (state: MetadataState): MetadataState => {
  const { backoffMs, maxBackoffMs } = state.config
  const wait = Math.min(maxBackoffMs, backoffMs * 2 ** Math.min(state.failures, 16))
  return { ...state, failures: state.failures + 1, retryAt: state.now + wait }
}

type Step = readonly [MetadataState, ReadonlyArray<MetadataOutput>]

const loaded = (before: MetadataState, input: Extract<MetadataInput, { readonly _tag: "Loaded" }>): Step => {
  const state = learn({ ...before, loading: false }, input.topics, input.response)
  const outputs: Array<MetadataOutput> = []
  const waiting = state.waiting.filter((each) => {
    const { id, question } = each
    if (question._tag === "Topics") {
      if (input.topics !== null || each.since > state.load) return true
      const names = input.response.topics.flatMap(({ errorCode, name }) =>
        name === null || errorCode !== ErrorCode.NONE ? [] : [name]
      )
      outputs.push({ _tag: "Answer", id, answer: { _tag: "Topics", names: names.sort() } })
      return false
    }
    const answer = lookUp(state, each)
    if (answer !== undefined) outputs.push({ _tag: "Answer", id, answer })
    return answer === undefined
  })
  const unanswered = waiting.some(({ since }) => since <= state.load)
  const next = { ...state, waiting }
  return [unanswered ? backOff(next) : { ...next, failures: 0 }, outputs]
}

const loadFailed = (before: MetadataState, failure: ClientFailure): Step => {
  const state = backOff({ ...before, loading: false, lastFailure: failure })
  if (state.reached && !isLasting(failure)) return [state, []]
  const answer: MetadataAnswer = { _tag: "Failed", failure }
  return [
    { ...state, waiting: [], failures: 0, retryAt: state.now },
    state.waiting.map(({ id }): MetadataOutput => ({ _tag: "Answer", id, answer }))
  ]
}

const absorb = (state: MetadataState, input: MetadataInput): Step => {
  switch (input._tag) {
    case "Tick":
      return [{ ...state, now: input.now }, []]
    case "Ask": {
      const asked = { id: input.id, question: input.question, since: state.load + 1 }
      const answer = lookUp(state, asked)
      return answer === undefined
        ? [{ ...state, waiting: [...state.waiting, asked] }, []]
        : [state, [{ _tag: "Answer", id: input.id, answer }]]
    }
    case "Cancel":
      return [{ ...state, waiting: state.waiting.filter(({ id }) => id !== input.id) }, []]
    case "Loaded":
      return loaded(state, input)
    case "LoadFailed":
      return loadFailed(state, input.failure)
  }
}

const step = (before: MetadataState, input: MetadataInput): Step => {
  const [state, outputs] = absorb(before, input)
  if (state.loading || state.waiting.length === 0 || state.retryAt > state.now) return [state, outputs]
  // Topics that may be created are asked for apart, so that nothing else is created with them.
  const questions = state.waiting.map(({ question }) => question)
  const creating = questions.filter((question) => question._tag === "Partitions" && question.create)
  const create = creating.length > 0
  const names = (create ? creating : questions).map(topicOf)
  const topics = names.includes(undefined) ? null : [...new Set(names.filter((name) => name !== undefined))]
  return [{ ...state, loading: true, load: state.load + 1 }, [...outputs, { _tag: "Load", topics, create }]]
}

/**
 * Keeps what brokers say of topics and their leaders, and decides when to ask again.
 *
 * **Details**
 *
 * One load is under way at a time, for all topics that are asked for by then. A topic that does not exist is never
 * remembered: each question about it asks the brokers. A load that fails is tried again, after a pause that doubles, as
 * long as somebody waits, except where it would fail again until settings change (see `isLasting`), and before any broker
 * has ever answered: then the failure is the answer.
 */
export const metadataMachine: Machine<MetadataState, MetadataInput, MetadataOutput> = {
  step,
  wakeAt: (state) => (state.waiting.length > 0 && !state.loading ? state.retryAt : undefined)
}
