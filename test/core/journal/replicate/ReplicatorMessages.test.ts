import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import * as TestClock from "effect/testing/TestClock"
import { MemoryLog, MemoryStore } from "../../../../adapters/memory/index.ts"
import { JournalError, jsonPayload, makeJournals, replicate } from "../../../../core/journal/index.ts"
import type { ReplicatorEvent } from "../../../../core/journal/index.ts"
import { replicatorMessages } from "../../../../core/journal/replicate/ReplicatorMessages.ts"
import { JournalStoreError } from "../../../../core/ports/index.ts"
import { numbers } from "../JournalWorld.ts"

const topic = "orders"

const stalled = (message: string, partition = 0): ReplicatorEvent => ({
  _tag: "Stalled",
  topic,
  partition,
  retryAt: 0,
  error: new JournalError({ reason: "Unavailable", topic, partition, message })
})

const well = { topic, partition: 0, nextOffset: 7, lag: 0, stalled: undefined }

describe("a replicator's messages", () => {
  it("say once a minute what a partition waits for, while nothing changes", () => {
    const { warning } = replicatorMessages()
    expect(warning(stalled("It is down."), 0)).toBe("Replication of orders-0 waits: It is down.")
    expect(warning(stalled("It is down."), 59_999)).toBeUndefined()
    expect(warning(stalled("It is down."), 60_000)).toBe("Replication of orders-0 waits: It is down.")
    expect(warning(stalled("It is down."), 60_001)).toBeUndefined()
  })

  it("say at once what another partition waits for, or that it is something else", () => {
    const { warning } = replicatorMessages()
    warning(stalled("It is down."), 0)
    expect(warning(stalled("It is down.", 1), 1)).toContain("orders-1")
    expect(warning(stalled("It is full."), 1)).toContain("It is full.")
    expect(warning(stalled("It is down."), 2)).toBeUndefined()
  })

  it("say once that a partition goes on, and then again what it waits for", () => {
    const { goesOn, warning } = replicatorMessages()
    expect(goesOn([well])).toEqual([])
    const event = stalled("It is down.")
    warning(event, 0)
    const { error, retryAt } = event as Extract<ReplicatorEvent, { readonly _tag: "Stalled" }>
    expect(goesOn([{ ...well, stalled: { error, since: 0, retryAt } }])).toEqual([])
    expect(goesOn([well])).toEqual(["Replication of orders-0 goes on at offset 7."])
    expect(goesOn([well])).toEqual([])
    expect(warning(event, 1)).toContain("It is down.")
  })

  it("do not say that a partition goes on which was given away while it waited", () => {
    const { goesOn, warning } = replicatorMessages()
    warning(stalled("It is down."), 0)
    warning({ _tag: "Released", topic, partition: 0 }, 1)
    expect(goesOn([well])).toEqual([])
  })

  it.effect("are two for a store that was away for some attempts", () => {
    const lines: Array<string> = []
    const logger = Logger.make<unknown, void>(({ logLevel, message }) => {
      lines.push(`${logLevel} ${String(message)}`)
    })
    return Effect.gen(function* () {
      const inner = MemoryStore.make()
      const log = MemoryLog.make({ partitions: { [topic]: 1 } })
      let attempts = 0
      let away = true
      const error = new JournalStoreError({ reason: "Unreachable", operation: "write", message: "It is down." })
      const store: typeof inner = {
        ...inner,
        write: (steps) => Effect.suspend(() => (away ? (attempts++, Effect.fail(error)) : inner.write(steps)))
      }
      yield* makeJournals({ log, store, topic, payload: jsonPayload })
        .journal("a")
        .append([{ payload: 1 }])
      const { status } = yield* replicate({ log, store, topics: [topic] })
      const pass = (millis: number) =>
        Effect.andThen(
          Effect.forEach(numbers(1, 20), () => TestClock.adjust(0)),
          TestClock.adjust(millis)
        )
      for (let passed = 0; passed < 20_000; passed += 100) yield* pass(100)
      expect(attempts).toBeGreaterThan(5)
      away = false
      for (let passed = 0; passed < 40_000; passed += 1000) yield* pass(1000)
      expect(lines).toEqual([
        expect.stringMatching(/^Warn Replication of orders-0 waits: /),
        `Info Replication of orders-0 goes on at offset ${status()[0]?.nextOffset}.`
      ])
    }).pipe(Effect.provide(Logger.layer([logger])))
  })
})
