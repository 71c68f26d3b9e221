import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { MemoryLog, MemoryNetwork, MemoryStore } from "../../../../../adapters/memory/index.ts"
import { type Address, JournalStoreError } from "../../../../../core/ports/index.ts"
import { ErrorCode } from "../../../../../core/protocol/index.ts"
import type { Check } from "../../../../../runtimes/node/cli/doctor/Check.ts"
import { examine, type Examination } from "../../../../../runtimes/node/cli/doctor/Doctor.ts"
import {
  type Scripted,
  ScriptedBroker,
  type ScriptedBrokerOptions,
  type Seen
} from "../../../../core/client/ScriptedBroker.ts"

const settings = {
  "cleanup.policy": "delete",
  "retention.ms": "-1",
  "min.insync.replicas": "1",
  "max.message.bytes": "1048588",
  "message.timestamp.type": "CreateTime"
}

type Script = (seen: Seen, at: Address) => Scripted | undefined

/** Lets a scripted broker answer for the settings of topics. */
const showsSettings: NonNullable<ScriptedBrokerOptions["script"]> = ({ request }) => {
  if (request.name !== "DescribeConfigs") return undefined
  const configs = Object.entries(settings).map(([name, value]) => {
    return { name, value, readOnly: false, isSensitive: false }
  })
  const results = request.body.resources.map((resource) => ({ ...resource, errorCode: 0, configs }))
  return { _tag: "Body", body: { results } }
}

/** Operations by their codes, as a broker tells them. */
const bits = (...codes: ReadonlyArray<number>): number => codes.reduce((all, code) => all | (1 << code), 0)
const [read, write, describing, describeConfigs] = [3, 4, 8, 10] as const
const everything = bits(read, write, describing, describeConfigs)

/** What a broker tells of the topic `t`, and of what may be done with it. */
const metadata = (at: Address, topicAuthorizedOperations: number) => {
  const partitions = [{ errorCode: 0, partitionIndex: 0, leaderId: 1, replicaNodes: [1], isrNodes: [1] }]
  const topic = { errorCode: 0, name: "t", partitions, topicAuthorizedOperations }
  return { brokers: [{ nodeId: 1, ...at }], topics: [topic] }
}

/** What a broker tells of a group whose coordinator it is. */
const group = (at: Address, errorCode: number, authorizedOperations: number): Script => {
  const described = { groupId: "g", groupState: "Dead", protocolType: "", protocolData: "", members: [] }
  return ({ request }) => {
    if (request.name === "FindCoordinator") {
      const coordinators = [{ key: "g", nodeId: 1, ...at, errorCode }]
      return { _tag: "Body", body: { coordinators } }
    }
    if (request.name !== "DescribeGroups") return undefined
    return { _tag: "Body", body: { groups: [{ ...described, errorCode: 0, authorizedOperations }] } }
  }
}

/** A store that has all there is, and tells how it is. */
const filled = Effect.tap(
  Effect.sync(() => ({ ...MemoryStore.make(), check: Effect.succeed({ schema: undefined, missingRights: [] }) })),
  (store) => store.write([{ _tag: "PutPointer", topic: "t", partition: 0, offset: 0, previous: undefined }])
)

/** Lets a scripted broker allow everything with the topic `t`. */
const allowsAll: Script = ({ request }, at) =>
  request.name === "Metadata" ? { _tag: "Body", body: metadata(at, everything) } : undefined

/** Examines a topic `t` of a broker with this script, and tells the checks. */
const examined = Effect.fnUntraced(function* (script: Script, over: Partial<Examination> = {}) {
  const network = MemoryNetwork.make()
  const broker: ScriptedBroker = yield* ScriptedBroker.start({
    network,
    topics: { t: 1 },
    script: (seen) => script(seen, broker.address) ?? showsSettings(seen) ?? allowsAll(seen, broker.address)
  })
  const checks: Array<Check> = []
  const log = MemoryLog.make({ partitions: { t: 1 } })
  yield* log.append({ topic: "t", partition: 0, key: null, value: null, headers: [], timestamp: 1 })
  yield* examine({
    access: { network },
    brokers: [`${broker.address.host}:${broker.address.port}`],
    topics: ["t"],
    group: undefined,
    log,
    store: { address: "store", isKept: true, open: filled },
    needed: [],
    batchBytes: 1000,
    deadlineMs: 10_000,
    watchMs: 200,
    emit: (check) => Effect.sync(() => checks.push(check)),
    doing: () => undefined,
    ...over
  })
  return checks
})

const none: Script = () => undefined

const bad = (checks: ReadonlyArray<Check>): ReadonlyArray<string> =>
  checks.filter(({ status }) => status !== "ok").map(({ name, status }) => `${name} ${status}`)

describe("examine", () => {
  it.live("finds nothing to say about what is well", () =>
    Effect.gen(function* () {
      expect(bad(yield* examined(none))).toEqual([])
    })
  )

  it.live("goes on after a request that is not answered in time, and skips what needs it", () =>
    Effect.gen(function* () {
      const checks = yield* examined(({ request }) => (request.name === "Metadata" ? { _tag: "Silence" } : undefined), {
        deadlineMs: 1000
      })
      expect(bad(checks)).toEqual(["cluster failed", "topic skipped", "replication skipped"])
      expect(checks.find(({ name }) => name === "store")?.status).toBe("ok")
    })
  )

  it.live("looks for every broker where it says it is", () =>
    Effect.gen(function* () {
      const checks = yield* examined(({ request }) => {
        if (request.name !== "Metadata") return undefined
        return { _tag: "Body", body: metadata({ host: "nowhere", port: 9 }, everything) }
      })
      expect(bad(checks)).toEqual(["advertised failed"])
      expect(checks.find(({ name }) => name === "advertised")?.message).toContain(
        "broker 1 is not reached at nowhere:9"
      )
    })
  )

  it.live("warns where the settings of a topic are not shown, and checks the rest", () =>
    Effect.gen(function* () {
      const checks = yield* examined(({ request }) => {
        if (request.name !== "DescribeConfigs") return undefined
        const errorCode = ErrorCode.TOPIC_AUTHORIZATION_FAILED
        const results = request.body.resources.map((resource) => ({ ...resource, errorCode, configs: [] }))
        return { _tag: "Body", body: { results } }
      })
      expect(bad(checks)).toEqual(["settings warning"])
      expect(checks.find(({ name }) => name === "settings")?.message).toContain("TOPIC_AUTHORIZATION_FAILED")
      expect(checks.map(({ name }) => name)).toEqual(expect.arrayContaining(["leaders", "reads", "lag"]))
    })
  )

  it.live("tells why a store cannot be opened, in time, and skips what is to be compared with it", () =>
    Effect.gen(function* () {
      const message = "The store is locked: try again."
      const error = new JournalStoreError({ reason: "Unreachable", operation: "open", message })
      const locked = { address: "store", isKept: true, open: Effect.fail(error) }
      const checks = yield* examined(none, { store: locked })
      expect(bad(checks)).toEqual(["store failed", "replication skipped"])
      expect(checks.find(({ name }) => name === "store")).toMatchObject({
        message: "The store is locked",
        advice: "try again"
      })
      const silent = yield* examined(none, { store: { ...locked, open: Effect.never }, deadlineMs: 1000 })
      expect(silent.find(({ name }) => name === "store")?.message).toBe("No answer came from store within 2 s")
    })
  )

  it.live("a store whose schema a newer program has changed fails, and is not compared", () =>
    Effect.gen(function* () {
      const store = { ...MemoryStore.make(), check: Effect.succeed({ schema: { version: 3, expected: 2 } }) }
      const checks = yield* examined(none, { store: { address: "store", isKept: true, open: Effect.succeed(store) } })
      expect(bad(checks)).toEqual(["store failed", "replication skipped"])
      expect(checks.find(({ name }) => name === "store")?.message).toBe(
        "store is open, its schema of version 3, and this program works with version 2"
      )
    })
  )

  it.live("a store that ends with its process is skipped: it would be empty here", () =>
    Effect.gen(function* () {
      const checks = yield* examined(none, { store: { address: "memory:", isKept: false, open: filled } })
      expect(bad(checks)).toEqual(["store skipped", "replication skipped"])
    })
  )

  it.live("a broker that closes its connections fails every check that asks it, and no more", () =>
    Effect.gen(function* () {
      const checks = yield* examined(() => ({ _tag: "Close" }))
      expect(bad(checks)).toEqual([
        "broker failed",
        "versions skipped",
        "cluster skipped",
        "topic skipped",
        "replication skipped"
      ])
    })
  )

  it.live("says who may not read a topic, and does not try to", () =>
    Effect.gen(function* () {
      const checks = yield* examined(({ request }, at) =>
        request.name === "Metadata" ? { _tag: "Body", body: metadata(at, bits(describing)) } : undefined
      )
      expect(bad(checks)).toEqual(["rights failed", "reads skipped", "replication skipped"])
      expect(checks.find(({ status }) => status === "failed")?.message).toBe(
        "User:ANONYMOUS may not read t, nor append to it"
      )
    })
  )

  it.live("skips the settings that one may not see, which the rights tell", () =>
    Effect.gen(function* () {
      const checks = yield* examined(({ request }, at) => {
        if (request.name === "Metadata") return { _tag: "Body", body: metadata(at, bits(read, write, describing)) }
        if (request.name !== "DescribeConfigs") return undefined
        const errorCode = ErrorCode.TOPIC_AUTHORIZATION_FAILED
        const results = request.body.resources.map((resource) => ({ ...resource, errorCode, configs: [] }))
        return { _tag: "Body", body: { results } }
      })
      expect(bad(checks)).toEqual(["rights warning", "settings skipped"])
    })
  )

  it.live("asks a group's coordinator for what one may do there", () =>
    Effect.gen(function* () {
      const found = Effect.fnUntraced(function* (errorCode: number, operations: number) {
        const checks = yield* examined((seen, at) => group(at, errorCode, operations)(seen, at), { group: "g" })
        return checks.find(({ name }) => name === "group")
      })
      expect(yield* found(0, everything)).toMatchObject({
        status: "ok",
        message: "User:ANONYMOUS may be a member of group g"
      })
      expect(yield* found(0, bits(describing))).toMatchObject({ status: "failed" })
      expect(yield* found(ErrorCode.GROUP_AUTHORIZATION_FAILED, 0)).toMatchObject({ status: "failed" })
      expect(yield* found(ErrorCode.COORDINATOR_NOT_AVAILABLE, 0)).toMatchObject({ status: "warning" })
    })
  )

  it.live("compares the store's clock with this machine's, and says what the store's user may not do", () =>
    Effect.gen(function* () {
      const health = { schema: undefined, now: 1, missingRights: ["INSERT on journal_event"] }
      const store = { ...MemoryStore.make(), check: Effect.succeed(health) }
      const checks = yield* examined(none, { store: { address: "store", isKept: true, open: Effect.succeed(store) } })
      expect(bad(checks).slice(0, 2)).toEqual(["rights warning", "clock warning"])
      expect(checks.find(({ status }) => status === "warning")?.advice).toBe("grant INSERT on journal_event")
    })
  )
})
