import { it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Scope from "effect/Scope"
import { expect } from "vitest"
import { TcpNetwork } from "../../../adapters/tcp/index.ts"
import type { KafkaLogOptions } from "../../../core/append/index.ts"
import type { AppendRequest, CommitLog } from "../../../core/ports/index.ts"
import { ErrorCode, type Request } from "../../../core/protocol/index.ts"
import { Broker } from "../../../runtimes/node/Broker.ts"
import { createTopic } from "../client/CreateTopic.ts"
import { type Scripted, ScriptedBroker } from "../client/ScriptedBroker.ts"

/** Makes a log with the library that is tested. */
export type MakeLog = (options: KafkaLogOptions) => Effect.Effect<CommitLog, { readonly message: string }, Scope.Scope>

/** A record for topic `t`. */
export const record = (text: string, partition = 0): AppendRequest => ({
  topic: "t",
  partition,
  key: null,
  value: Buffer.from(text),
  headers: [],
  timestamp: 1_700_000_000_000
})

/** A log at a broker of this process, as the contract wants it. */
export const embedded = Effect.fnUntraced(function* (make: MakeLog) {
  const broker = yield* Broker.start({ autoCreateTopics: false })
  const log = yield* make({ brokers: [broker.address], network: TcpNetwork })
  yield* createTopic(TcpNetwork, broker, "t", 3)
  return { log, topic: "t", partitions: 3, missingTopic: "missing", tooLarge: 2_000_000 }
})

/** A log at a peer that answers as the script says. */
export const scripted = Effect.fnUntraced(function* (
  make: MakeLog,
  script: (request: Request, produces: number) => Scripted | undefined,
  options: Partial<KafkaLogOptions> = {}
) {
  let produces = 0
  const broker = yield* ScriptedBroker.start({
    network: TcpNetwork,
    topics: { t: 3 },
    script: ({ request }) => script(request, request.name === "Produce" ? ++produces : produces)
  })
  const brokers = [`127.0.0.1:${broker.address.port}`]
  const timeouts = { appendTimeoutMs: 60_000, requestTimeoutMs: 30_000 }
  const log = yield* make({ brokers, network: TcpNetwork, ...timeouts, ...options })
  return { broker, log }
})

/** For an append that gets no answer, however long it waits. */
const brief = { appendTimeoutMs: 2000, requestTimeoutMs: 1000 }

/** The answer by which a broker refuses a batch for topic `t`. */
export const refusing = (errorCode: number): Scripted => ({
  _tag: "Body",
  body: { responses: [{ name: "t", partitionResponses: [{ index: 0, errorCode, baseOffset: -1 }] }] }
})

const recordsIn = (request: Request): number =>
  request.name !== "Produce"
    ? 0
    : request.body.topicData.reduce(
        (sum, { partitionData }) =>
          sum + partitionData.reduce((own, { records }) => own + Buffer.from(records ?? []).readInt32BE(57), 0),
        0
      )

const producerIds = (broker: ScriptedBroker): number => broker.count("InitProducerId")

/** Looks again and again until a condition holds. */
export const until = (condition: () => boolean): Effect.Effect<void> =>
  Effect.suspend(() => (condition() ? Effect.void : Effect.andThen(Effect.sleep(1), until(condition))))

/** What an append is to the caller, whatever becomes of the broker meanwhile. */
export const appendBehaviour = (make: MakeLog): void => {
  it.live("sends appends that wait for one partition together, in their order", () =>
    Effect.gen(function* () {
      const { broker, log } = yield* scripted(make, () => undefined)
      const offsets = yield* Effect.forEach(
        Array.from({ length: 100 }, (_, i) => i),
        (i) => log.append(record(`r${i}`)),
        { concurrency: "unbounded" }
      )
      expect(offsets).toEqual(Array.from({ length: 100 }, (_, i) => i))
      expect(broker.count("Produce")).toBeLessThanOrEqual(2)
    })
  )

  it.live("is Unknown when the connection is lost after the record has left, for good", () =>
    Effect.gen(function* () {
      const { log } = yield* scripted(
        make,
        (request) => (request.name === "Produce" ? { _tag: "Close" } : undefined),
        brief
      )
      const error = yield* Effect.flip(log.append(record("a")))
      expect(error).toMatchObject({ reason: "Unknown", operation: "append", topic: "t", partition: 0 })
      expect(error.message).toContain("read the log to see whether the record is there")
    })
  )

  it.live("is Unknown when the broker never answers, within its deadline", () =>
    Effect.gen(function* () {
      const { log } = yield* scripted(
        make,
        (request) => (request.name === "Produce" ? { _tag: "Silence" } : undefined),
        brief
      )
      const error = yield* Effect.flip(log.append(record("a")))
      expect(error).toMatchObject({ reason: "Unknown" })
    })
  )

  it.live(
    "takes a new producer id after an unknown outcome, so that the next record is not taken for a repetition",
    () =>
      Effect.gen(function* () {
        let silent = true
        const { broker, log } = yield* scripted(
          make,
          (request) => (request.name === "Produce" && silent ? { _tag: "Close" } : undefined),
          { appendTimeoutMs: 5000 }
        )
        yield* Effect.flip(log.append(record("a")))
        const before = producerIds(broker)
        silent = false
        expect(yield* log.append(record("b"))).toBe(0)
        expect(producerIds(broker)).toBe(before + 1)
      })
  )

  it.live("is repeated when the connection is lost once", () =>
    Effect.gen(function* () {
      const { broker, log } = yield* scripted(make, (request, produces) =>
        request.name === "Produce" && produces === 1 ? { _tag: "Close" } : undefined
      )
      expect(yield* log.append(record("a"))).toBe(0)
      expect(broker.count("Produce")).toBe(2)
      expect(producerIds(broker)).toBe(1)
    })
  )

  it.live("is repeated when the connection is lost in the middle of an answer", () =>
    Effect.gen(function* () {
      const { broker, log } = yield* scripted(make, (request, produces) =>
        request.name === "Produce" && produces === 1
          ? { _tag: "Cut", start: Uint8Array.of(0, 0, 0, 60, 0, 0) }
          : undefined
      )
      expect(yield* log.append(record("a"))).toBe(0)
      expect(broker.count("Produce")).toBe(2)
    })
  )

  it.live("is Unknown when the answer is too short to be one, and the process goes on", () =>
    Effect.gen(function* () {
      const { log } = yield* scripted(
        make,
        (request) =>
          request.name === "Produce" ? { _tag: "Frame", frame: Uint8Array.of(0, 0, 0, 2, 0, 0) } : undefined,
        brief
      )
      expect(yield* Effect.flip(log.append(record("a")))).toMatchObject({ reason: "Unknown" })
    })
  )

  it.live("is Unreachable when nobody listens, and says how to start a broker", () =>
    Effect.gen(function* () {
      const log = yield* make({ brokers: ["127.0.0.1:1"], network: TcpNetwork })
      const error = yield* Effect.flip(log.append(record("a")))
      expect(error).toMatchObject({ reason: "Unreachable", operation: "append", topic: "t", partition: 0 })
      expect(error.message).toBe(
        "No broker answers at 127.0.0.1:1: start one with `odradek broker`, or name another with --brokers."
      )
    })
  )

  it.live("is Unreachable when the partition's leader cannot be reached, as nothing has left", () =>
    Effect.gen(function* () {
      const { broker, log } = yield* scripted(make, () => undefined, brief)
      broker.advertised = { host: "127.0.0.1", port: 1 }
      const error = yield* Effect.flip(log.append(record("b")))
      expect(error.reason).toBe("Unreachable")
      expect(broker.count("Produce")).toBe(0)
    })
  )

  it.live("ends soon when the log is closed while the broker is away", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const { broker, log } = yield* Scope.provide(
        scripted(make, () => undefined, { appendTimeoutMs: 20_000 }),
        scope
      )
      yield* log.append(record("a"))
      yield* broker.stop
      const appending = yield* Effect.forkChild(Effect.exit(log.append(record("b"))), { startImmediately: true })
      yield* Effect.sleep(100)
      const closed = yield* Effect.timeoutOption(Scope.close(scope, Exit.void), 5000)
      expect(closed._tag).toBe("Some")
      expect((yield* Fiber.join(appending))._tag).toBe("Failure")
    })
  )

  it.live("goes on when the broker comes back in time", () =>
    Effect.gen(function* () {
      const { broker, log } = yield* scripted(make, () => undefined, { appendTimeoutMs: 10_000 })
      yield* log.append(record("a"))
      yield* broker.stop
      const appending = yield* Effect.forkChild(log.append(record("b")), { startImmediately: true })
      yield* broker.listen
      expect(yield* Fiber.join(appending)).toBe(1)
    })
  )

  it.live("is repeated, and not written twice, as long as connections break while they begin", () =>
    Effect.gen(function* () {
      const { broker, log } = yield* scripted(make, () => undefined, { appendTimeoutMs: 10_000 })
      expect(yield* log.append(record("a"))).toBe(0)
      const ids = producerIds(broker)
      yield* broker.stop
      let toBreak = 8
      broker.script = ({ request }) => (request.name === "ApiVersions" && toBreak-- > 0 ? { _tag: "Close" } : undefined)
      yield* broker.listen
      expect(yield* log.append(record("b"))).toBe(1)
      expect(producerIds(broker)).toBe(ids)
    })
  )

  it.live("is refused with the broker's own word", () =>
    Effect.gen(function* () {
      const { log } = yield* scripted(make, (request) =>
        request.name === "Produce" ? refusing(ErrorCode.INVALID_RECORD) : undefined
      )
      const error = yield* Effect.flip(log.append(record("a")))
      expect(error.reason).toBe("Refused")
    })
  )

  it.live("is Unauthorized when the broker says so", () =>
    Effect.gen(function* () {
      const { log } = yield* scripted(make, (request) =>
        request.name === "Produce" ? refusing(ErrorCode.TOPIC_AUTHORIZATION_FAILED) : undefined
      )
      const error = yield* Effect.flip(log.append(record("a")))
      expect(error.reason).toBe("Unauthorized")
    })
  )

  it.live("fails alone when it is too large among others", () =>
    Effect.gen(function* () {
      const large = "x".repeat(1000)
      const { log } = yield* scripted(make, (request) => {
        if (request.name !== "Produce") return undefined
        const size = request.body.topicData[0]?.partitionData[0]?.records?.length ?? 0
        return size > 900 ? refusing(ErrorCode.MESSAGE_TOO_LARGE) : undefined
      })
      const results = yield* Effect.forEach(
        ["a", "b", large, "c", "d"],
        (text) => Effect.result(log.append(record(text))),
        { concurrency: "unbounded" }
      )
      expect(results.map((each) => (each._tag === "Success" ? each.success : each.failure.reason))).toEqual([
        0,
        1,
        "TooLarge",
        2,
        3
      ])
    })
  )

  it.live("that is interrupted while it waits for its turn is not sent", () =>
    Effect.gen(function* () {
      let holding = true
      const { broker, log } = yield* scripted(
        make,
        (request) => (request.name === "Produce" && holding ? { _tag: "Silence" } : undefined),
        { requestTimeoutMs: 1000 }
      )
      const first = yield* Effect.forkChild(log.append(record("a")), { startImmediately: true })
      yield* until(() => broker.count("Produce") === 1)
      const second = yield* Effect.forkChild(log.append(record("b")), { startImmediately: true })
      const third = yield* Effect.forkChild(log.append(record("c")), { startImmediately: true })
      yield* Fiber.interrupt(second)
      holding = false
      expect(yield* Fiber.join(first)).toBe(0)
      expect(yield* Fiber.join(third)).toBe(1)
      expect(broker.seen.filter(({ request }) => recordsIn(request) > 1)).toEqual([])
    })
  )

  it.live("that no program should make dies by itself, and the partition's next ones go on", () =>
    Effect.gen(function* () {
      const { log } = yield* scripted(make, () => undefined)
      const header = { name: "h", value: JSON.parse("{}") }
      const wrong = yield* Effect.exit(log.append({ ...record("a"), headers: [header] }))
      expect(Exit.isFailure(wrong) && Cause.hasDies(wrong.cause)).toBe(true)
      expect(yield* log.append(record("b"))).toBe(0)
    })
  )

  it.live("waits while too many bytes are with the producer", () =>
    Effect.gen(function* () {
      let holding = true
      const { broker, log } = yield* scripted(
        make,
        (request) => (request.name === "Produce" && holding ? { _tag: "Silence" } : undefined),
        { requestTimeoutMs: 1000, maxInFlightBytes: 1000 }
      )
      const texts = ["x".repeat(600), "y".repeat(600)]
      const appending = yield* Effect.forEach(texts, (text, partition) =>
        Effect.forkChild(log.append(record(text, partition)), { startImmediately: true })
      )
      yield* until(() => broker.count("Produce") === 1)
      holding = false
      expect(yield* Effect.forEach(appending, (each) => Fiber.join(each))).toEqual([0, 0])
      const partitions = broker.seen.flatMap(({ request }) =>
        request.name === "Produce"
          ? request.body.topicData.flatMap((each) => each.partitionData.map((p) => p.index))
          : []
      )
      expect(partitions).toEqual([0, 0, 1])
    })
  )
}

/** What becomes of the appends of one key after one of them has failed. */
export const keyBehaviour = (make: MakeLog): void => {
  const outcome =
    (log: { readonly append: (request: AppendRequest) => Effect.Effect<number, { reason: string }> }) =>
    (request: AppendRequest) =>
      Effect.match(log.append(request), { onSuccess: () => "written", onFailure: ({ reason }) => reason })
  const keyed = (key: string, text: string): AppendRequest => ({ ...record(text), key: Buffer.from(key) })

  it.live("are not written, so that what is in the log is a beginning; those of other keys are", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const { log } = yield* embedded(make)
        yield* log.append(keyed("a", "first"))
        const large = "x".repeat(2_000_000)
        const requests = ["1", "2", large, "4", "5"].flatMap((text) => [keyed("a", text), keyed("b", text.slice(0, 9))])
        const outcomes = yield* Effect.forEach(requests, outcome(log), { concurrency: "unbounded" })
        expect(outcomes.filter((_, at) => at % 2 === 0)).toEqual([
          "written",
          "written",
          "TooLarge",
          "Refused",
          "Refused"
        ])
        expect(outcomes.filter((_, at) => at % 2 === 1)).toEqual(Array.from({ length: 5 }, () => "written"))
        expect(yield* outcome(log)(keyed("a", "again"))).toBe("written")
      })
    )
  )

  it.live("and are something new when they are started by who has heard of the failure", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const { log } = yield* embedded(make)
        const again = Effect.flatMap(outcome(log)(keyed("a", "x".repeat(2_000_000))), (failed) =>
          Effect.map(outcome(log)(keyed("a", "shorter")), (second) => [failed, second])
        )
        const others = Effect.forEach(["1", "2"], (text) => outcome(log)(keyed("a", text)), {
          concurrency: "unbounded"
        })
        expect(yield* Effect.all([again, others], { concurrency: "unbounded" })).toEqual([
          ["TooLarge", "written"],
          ["Refused", "Refused"]
        ])
      })
    )
  )
}
