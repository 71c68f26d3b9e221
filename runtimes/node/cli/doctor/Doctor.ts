import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { Scope } from "effect/Scope"
import type { ClusterInfo, KafkaAdmin, TopicInfo } from "../../../../core/client/index.ts"
import { addressName } from "../../../../core/client/index.ts"
import type { CommitLog, JournalStore } from "../../../../core/ports/index.ts"
import { ErrorCode, errorName } from "../../../../core/protocol/index.ts"
import type { OpenedAccess } from "../../BrokerAccess.ts"
import { brokerChecks, clusterChecks, type NeededApi, versionsCheck } from "./BrokerChecks.ts"
import { type Check, check, inClauses } from "./Check.ts"
import { clockCheck } from "./ClockCheck.ts"
import { type Ends, parallel, partitionStates, reach, readEnds, watchPointers, within } from "./Probes.ts"
import { replicationChecks } from "./ReplicationChecks.ts"
import { groupRightsCheck, idempotenceChecks, isUnreadable, principalOf, topicRightsCheck } from "./RightsChecks.ts"
import { numberIn, retentionOf, settingsChecks } from "./SettingsChecks.ts"
import { storeCheck, storeClockChecks, storeRightsCheck } from "./StoreChecks.ts"
import { leadersCheck, readsCheck, topicCheck } from "./TopicChecks.ts"

/**
 * What to examine, and with what.
 *
 * **Details**
 *
 * `group` and `store` are absent where none was named; what the store opens is closed with the scope. `deadlineMs` bounds each probe, and
 * `watchMs` is how long pointers are watched that should move. `emit` takes each check as soon as it is known, `doing` what is
 * being looked at.
 */
export interface Examination {
  readonly access: OpenedAccess
  readonly brokers: ReadonlyArray<string>
  readonly topics: ReadonlyArray<string>
  readonly group: string | undefined
  readonly log: CommitLog
  readonly store: StoreToExamine | undefined
  readonly needed: ReadonlyArray<NeededApi>
  readonly batchBytes: number
  readonly deadlineMs: number
  readonly watchMs: number
  readonly emit: (check: Check) => Effect.Effect<void>
  readonly doing: (what: string) => void
}

/** The store to examine. One that ends with its process is not opened. */
export interface StoreToExamine {
  readonly address: string
  readonly isKept: boolean
  readonly open: Effect.Effect<JournalStore, { readonly message: string }, Scope>
}

interface FoundTopic {
  readonly topic: string
  readonly retentionMs: number | undefined
  readonly ends: ReadonlyArray<Ends>
}

const failed = (name: string, subject: string, sentence: string): Check => {
  const { advice, message } = inClauses(sentence)
  return check(name, subject).fail(message, advice ?? "try again, and see the logs of the other side")
}

/** Finds a broker that answers; the first one in the order of the addresses. */
const findBroker = Effect.fnUntraced(function* ({ access, brokers, deadlineMs, doing, emit }: Examination) {
  doing(`connecting to ${brokers.join(", ")}`)
  const tried = yield* Effect.forEach(brokers, (address) => reach(access, address, deadlineMs), {
    concurrency: parallel
  })
  const outcomes = tried.map((result, index) => {
    const address = brokers[index] ?? ""
    if (Result.isSuccess(result)) return { address, ms: result.success.ms }
    const { isThere, message } = result.failure
    return { address, failure: message, isThere }
  })
  yield* Effect.forEach(brokerChecks(outcomes), emit, { discard: true })
  for (const [index, result] of tried.entries()) {
    if (Result.isSuccess(result)) return { address: brokers[index] ?? "", admin: result.success.admin }
  }
  return undefined
})

const examineVersions = Effect.fnUntraced(function* (
  { deadlineMs, doing, emit, needed }: Examination,
  broker: { readonly address: string; readonly admin: KafkaAdmin }
) {
  doing("asking for versions")
  const listed = yield* within(deadlineMs, broker.admin.versions, broker.address)
  yield* emit(
    Result.isSuccess(listed)
      ? versionsCheck(broker.address, listed.success, needed)
      : failed("versions", broker.address, listed.failure)
  )
})

const examineCluster = Effect.fnUntraced(function* (
  { access, deadlineMs, doing, emit, topics }: Examination,
  broker: { readonly address: string; readonly admin: KafkaAdmin }
) {
  doing("asking for the cluster")
  const described = yield* within(deadlineMs, broker.admin.describe(topics), broker.address)
  if (Result.isFailure(described)) {
    yield* emit(failed("cluster", broker.address, described.failure))
    return undefined
  }
  const cluster = described.success
  doing(`connecting to ${cluster.brokers.length} brokers`)
  const advertised = yield* Effect.forEach(
    cluster.brokers,
    ({ address, nodeId }) => {
      const name = addressName(address)
      if (name === broker.address) return Effect.succeed({ nodeId, address: name, failure: undefined })
      return Effect.map(Effect.scoped(reach(access, name, deadlineMs)), (result) => {
        return { nodeId, address: name, failure: Result.isFailure(result) ? result.failure.message : undefined }
      })
    },
    { concurrency: parallel }
  )
  const checks = [...clusterChecks(cluster.clusterId, advertised), ...idempotenceChecks(principalOf(access), cluster)]
  yield* Effect.forEach(checks, emit, { discard: true })
  return cluster
})

/** Asks for what we may do with a group; its coordinator knows. */
const examineGroup = Effect.fnUntraced(function* (
  { access, deadlineMs, doing, emit }: Examination,
  broker: { readonly address: string; readonly admin: KafkaAdmin },
  group: string
) {
  const principal = principalOf(access)
  doing(`asking for group ${group}`)
  const found = yield* within(deadlineMs, broker.admin.coordinator(group), broker.address)
  if (Result.isFailure(found)) return yield* emit(failed("group", group, found.failure))
  const { address, errorCode } = found.success
  if (errorCode !== ErrorCode.NONE) {
    return yield* emit(groupRightsCheck(principal, group, { errorCode, operations: undefined }))
  }
  const coordinator = addressName(address)
  const reached = yield* reach(access, coordinator, deadlineMs)
  if (Result.isFailure(reached)) return yield* emit(failed("group", group, reached.failure.message))
  const rights = yield* within(deadlineMs, reached.success.admin.groupRights(group), coordinator)
  yield* emit(
    Result.isFailure(rights)
      ? failed("group", group, rights.failure)
      : groupRightsCheck(principal, group, rights.success)
  )
})

const examineTopic = Effect.fnUntraced(function* (
  { access, batchBytes, deadlineMs, doing, emit, log }: Examination,
  admin: KafkaAdmin,
  cluster: ClusterInfo,
  info: TopicInfo
): Effect.fn.Return<FoundTopic | undefined> {
  const topic = info.name
  const principal = principalOf(access)
  yield* emit(topicCheck(info, principal))
  if (info.errorCode !== 0) {
    yield* emit(check("settings", topic).skip(`${topic} is not there`))
    yield* emit(check("reads", topic).skip(`${topic} is not there`))
    return undefined
  }
  yield* emit(topicRightsCheck(principal, info))
  doing(`asking for the settings of ${topic}`)
  const told = yield* within(deadlineMs, admin.settings(topic))
  const refused = Result.isFailure(told) ? inClauses(told.failure).message : errorName(told.success.errorCode)
  const known = Result.isSuccess(told) && told.success.errorCode === 0
  const settings = known ? told.success.settings : new Map<string, string>()
  if (known) {
    const replicas = Math.min(...info.partitions.map((each) => each.replicas.length))
    const findings = { topic, settings, replicas, brokers: cluster.brokers.length, batchBytes }
    yield* Effect.forEach(settingsChecks(findings), emit, { discard: true })
  } else if (info.operations?.has("DescribeConfigs") === false) {
    yield* emit(check("settings", topic).skip(`${principal} may not see the settings of ${topic}`))
  } else {
    const advice = "ask for the right to describe the topic's settings, or look at them with Kafka's own tools"
    yield* emit(check("settings", topic).warn(`the settings of ${topic} are not known (${refused})`, advice))
  }
  yield* emit(leadersCheck(info, numberIn(settings, "min.insync.replicas")))
  if (isUnreadable(info)) {
    yield* emit(check("reads", topic).skip(`${principal} may not read ${topic}`))
    return undefined
  }
  doing(`reading the ends of ${topic}`)
  const ends = yield* Effect.forEach(info.partitions, ({ partition }) => readEnds(log, topic, partition, deadlineMs), {
    concurrency: parallel
  })
  yield* emit(readsCheck(topic, ends))
  const newest = ends.flatMap((each) => (each.newest === undefined ? [] : [each.newest]))
  yield* emit(clockCheck(topic, newest, yield* Clock.currentTimeMillis))
  return { topic, retentionMs: retentionOf(settings), ends }
})

const examineStore = Effect.fnUntraced(function* ({ deadlineMs, doing, emit, store }: Examination) {
  if (store === undefined) {
    yield* emit(check("store").skip("no store was named, which --store does"))
    return undefined
  }
  const { address, isKept } = store
  if (!isKept) {
    yield* emit(check("store", address).skip(`${address} is empty in every process`))
    return undefined
  }
  doing(`opening ${address}`)
  const looked = Effect.gen(function* () {
    const found = yield* store.open
    const askedAt = yield* Clock.currentTimeMillis
    const health = yield* found.check
    return { found, finding: { address, health, askedAt, answeredAt: yield* Clock.currentTimeMillis } }
  })
  // A store has a deadline of its own for a request, and says better what was late.
  const opened = yield* within(deadlineMs + 1000, looked, address)
  if (Result.isFailure(opened)) {
    yield* emit(failed("store", address, opened.failure))
    return undefined
  }
  const { finding, found } = opened.success
  const fits = storeCheck(finding)
  yield* emit(fits)
  if (fits.status !== "ok") return undefined
  yield* Effect.forEach([storeRightsCheck(finding), ...storeClockChecks(finding)], emit, { discard: true })
  return found
})

const examineReplication = Effect.fnUntraced(function* (
  { deadlineMs, doing, emit, log, watchMs }: Examination,
  store: JournalStore,
  { ends, retentionMs, topic }: FoundTopic
) {
  const readable = ends.flatMap((each) => ("end" in each ? [each] : []))
  doing(`comparing ${topic} with the store`)
  const states = yield* partitionStates(log, store, topic, readable, deadlineMs)
  if (Result.isFailure(states)) return yield* emit(failed("pointer", topic, states.failure))
  const now = yield* Clock.currentTimeMillis
  doing(`watching the pointers of ${topic}`)
  const watched = yield* within(watchMs + deadlineMs, watchPointers(store, topic, states.success, watchMs))
  if (Result.isFailure(watched)) return yield* emit(failed("pointer", topic, watched.failure))
  const state = { topic, partitions: watched.success, now, watchedMs: watchMs, retentionMs }
  yield* Effect.forEach(replicationChecks(state), emit, { discard: true })
})

/**
 * Looks at brokers, topics and a store in this order and tells what it finds, without changing anything.
 *
 * **Details**
 *
 * A check that needs what another has not found is skipped, and says so.
 */
export const examine = Effect.fnUntraced(function* (examination: Examination): Effect.fn.Return<void, never, Scope> {
  const { emit, group, topics } = examination
  const broker = yield* findBroker(examination)
  if (broker === undefined) {
    for (const name of ["versions", "cluster"]) yield* emit(check(name).skip("no broker answers"))
  } else yield* examineVersions(examination, broker)
  const cluster = broker === undefined ? undefined : yield* examineCluster(examination, broker)
  if (group !== undefined) {
    if (broker === undefined) yield* emit(check("group", group).skip("no broker answers"))
    else yield* examineGroup(examination, broker, group)
  }
  const found: Array<FoundTopic> = []
  if (topics.length === 0) yield* emit(check("topic").skip("no topic was named, which --topics does"))
  for (const topic of topics) {
    const info = cluster?.topics.find(({ name }) => name === topic)
    if (broker === undefined || cluster === undefined || info === undefined) {
      yield* emit(check("topic", topic).skip(`${topic} cannot be asked for`))
      continue
    }
    const examined = yield* examineTopic(examination, broker.admin, cluster, info)
    if (examined !== undefined) found.push(examined)
  }
  const store = yield* examineStore(examination)
  for (const topic of topics) {
    const there = found.find((each) => each.topic === topic)
    if (store !== undefined && there !== undefined) yield* examineReplication(examination, store, there)
    else {
      const why = there === undefined ? `${topic} cannot be read` : "there is no store to compare with"
      yield* emit(check("replication", topic).skip(why))
    }
  }
})
