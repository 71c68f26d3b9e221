import { it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import { describe, expect } from "vitest"
import { PlatformaticLog } from "../../../adapters/platformatic/index.ts"
import { TcpNetwork } from "../../../adapters/tcp/index.ts"
import { commitLogContract } from "../../../core/ports/contract/index.ts"
import { ErrorCode } from "../../../core/protocol/index.ts"
import { Broker } from "../../../runtimes/node/index.ts"
import { createTopic } from "../../core/client/CreateTopic.ts"
import type { Scripted } from "../../core/client/ScriptedBroker.ts"
import {
  appendBehaviour,
  embedded,
  keyBehaviour,
  record,
  refusing,
  scripted
} from "../../core/append/AppendBehaviour.ts"

describe("PlatformaticLog keeps the contract of a commit log", () => {
  for (const { name, run } of commitLogContract(embedded(PlatformaticLog.make))) {
    it.live(name, () => Effect.scoped(run))
  }
})

describe("PlatformaticLog.append", () => {
  appendBehaviour(PlatformaticLog.make)
})

describe("appends of one key, after one of them has failed", () => {
  keyBehaviour(PlatformaticLog.make)
})

describe("what a broker says of sequence numbers", () => {
  const answerTo = (answers: ReadonlyArray<Scripted | undefined>) =>
    scripted(PlatformaticLog.make, ({ name }, produces) => (name === "Produce" ? answers[produces - 1] : undefined))
  const lost: Scripted = { _tag: "Close" }
  const outOfOrder = refusing(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER)

  it.live("leaves an append unknown whose first answer is lost, and sends nothing more of it", () =>
    Effect.gen(function* () {
      const { broker, log } = yield* answerTo([lost, outOfOrder])
      expect(yield* Effect.flip(log.append(record("a")))).toMatchObject({ reason: "Unknown" })
      expect(broker.count("Produce")).toBe(2)
      expect(yield* log.append(record("b"))).toBe(0)
    })
  )

  it.live("lets a new producer write what the old one has not", () =>
    Effect.gen(function* () {
      const { broker, log } = yield* answerTo([outOfOrder])
      expect(yield* log.append(record("a"))).toBe(0)
      expect([broker.count("Produce"), broker.count("InitProducerId")]).toEqual([2, 2])
    })
  )

  it.live("is asked again, with the same numbers, while too few replicas have the record", () =>
    Effect.gen(function* () {
      const { broker, log } = yield* answerTo([refusing(ErrorCode.NOT_ENOUGH_REPLICAS_AFTER_APPEND)])
      expect(yield* log.append(record("a"))).toBe(0)
      expect([broker.count("Produce"), broker.count("InitProducerId")]).toEqual([2, 1])
    })
  )

  it.live("makes an append unknown that too few replicas have to the end", () =>
    Effect.gen(function* () {
      const never = Array.from({ length: 200 }, () => refusing(ErrorCode.NOT_ENOUGH_REPLICAS_AFTER_APPEND))
      const { log } = yield* answerTo(never)
      const error = yield* Effect.flip(log.append(record("a")))
      expect(error.reason).toBe("Unknown")
      expect(error.message).toContain("NOT_ENOUGH_REPLICAS_AFTER_APPEND")
    })
  )
})

describe("an append of which nothing was sent", () => {
  it.live("is no unknown one, while brokers are looked for until its time is over", () =>
    Effect.gen(function* () {
      const place = yield* Scope.make()
      const broker = yield* Scope.provide(Broker.start({ autoCreateTopics: false }), place)
      yield* createTopic(TcpNetwork, broker, "t", 1)
      const timeouts = { appendTimeoutMs: 4000, requestTimeoutMs: 2500 }
      const log = yield* PlatformaticLog.make({ brokers: [broker.address], network: TcpNetwork, ...timeouts })
      expect(yield* log.append(record("a"))).toBe(0)
      // An append that comes before the connection's end is known may be sent into it: that one is unknown.
      yield* Scope.close(place, Exit.void)
      yield* Effect.exit(log.append(record("b")))
      const error = yield* Effect.flip(log.append(record("c")))
      expect(error).toMatchObject({ reason: "Unreachable", message: expect.stringContaining("Nothing was appended") })
    })
  )
})

describe("PlatformaticLog", () => {
  it.live("says which address it cannot read", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(PlatformaticLog.make({ brokers: ["localhost"], network: TcpNetwork }))
      expect(error.message).toBe('"localhost" is no broker\'s address: write host:port.')
    })
  )
})
