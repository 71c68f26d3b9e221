import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { MemoryLog, MemoryNetwork, MemoryStore } from "../../../../../adapters/memory/index.ts"
import { JournalStoreError } from "../../../../../core/ports/index.ts"
import { ErrorCode } from "../../../../../core/protocol/index.ts"
import type { Check } from "../../../../../runtimes/node/cli/doctor/Check.ts"
import { examine, type Examination } from "../../../../../runtimes/node/cli/doctor/Doctor.ts"
import { ScriptedBroker, type ScriptedBrokerOptions } from "../../../../core/client/ScriptedBroker.ts"

const settings = {
  "cleanup.policy": "delete",
  "retention.ms": "-1",
  "min.insync.replicas": "1",
  "max.message.bytes": "1048588",
  "message.timestamp.type": "CreateTime"
}

type Script = NonNullable<ScriptedBrokerOptions["script"]>

/** Lets a scripted broker answer for the settings of topics. */
const showsSettings: Script = ({ request }) => {
  if (request.name !== "DescribeConfigs") return undefined
  const configs = Object.entries(settings).map(([name, value]) => {
    return { name, value, readOnly: false, isSensitive: false }
  })
  const results = request.body.resources.map((resource) => ({ ...resource, errorCode: 0, configs }))
  return { _tag: "Body", body: { results } }
}

/** A store that has all there is. */
const filled = Effect.tap(
  Effect.sync(() => MemoryStore.make()),
  (store) => store.write([{ _tag: "PutPointer", topic: "t", partition: 0, offset: 0, previous: undefined }])
)

/** Examines a topic `t` of a broker with this script, and tells the checks. */
const examined = Effect.fnUntraced(function* (script: Script, over: Partial<Examination> = {}) {
  const network = MemoryNetwork.make()
  const broker = yield* ScriptedBroker.start({
    network,
    topics: { t: 1 },
    script: (seen) => script(seen) ?? showsSettings(seen)
  })
  const checks: Array<Check> = []
  const log = MemoryLog.make({ partitions: { t: 1 } })
  yield* log.append({ topic: "t", partition: 0, key: null, value: null, headers: [], timestamp: 1 })
  yield* examine({
    access: { network },
    brokers: [`${broker.address.host}:${broker.address.port}`],
    topics: ["t"],
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
        const places = { leaderId: 2, replicaNodes: [2], isrNodes: [2] }
        const partitions = [{ errorCode: 0, partitionIndex: 0, ...places }]
        const brokers = [{ nodeId: 2, host: "nowhere", port: 9 }]
        return { _tag: "Body", body: { brokers, topics: [{ errorCode: 0, name: "t", partitions }] } }
      })
      expect(bad(checks)).toEqual(["advertised failed"])
      expect(checks.find(({ name }) => name === "advertised")?.message).toContain(
        "broker 2 is not reached at nowhere:9"
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
      expect(silent.find(({ name }) => name === "store")?.message).toBe("No answer came within 1 s")
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
})
