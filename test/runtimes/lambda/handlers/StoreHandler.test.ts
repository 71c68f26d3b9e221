import * as Effect from "effect/Effect"
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import { MemoryStore } from "../../../../adapters/memory/index.ts"
import { storeHandler } from "../../../../runtimes/lambda/handlers/StoreHandler.ts"
import { goldenEvent } from "../GoldenEvent.ts"
import { contextOf } from "../Invocations.ts"

beforeEach(() => {
  vi.stubEnv("POWERTOOLS_LOG_LEVEL", "SILENT")
  vi.stubEnv("POWERTOOLS_METRICS_DISABLED", "true")
})
afterEach(() => vi.unstubAllEnvs())

/** A store that counts how often it is opened and closed. */
const counted = () => {
  const counts = { opened: 0, closed: 0 }
  const store = MemoryStore.make()
  const open = Effect.acquireRelease(
    Effect.sync(() => {
      counts.opened++
      return store
    }),
    () => Effect.sync(() => counts.closed++)
  )
  return { counts, open }
}

describe("the function of a store", () => {
  it("keeps the store open between invocations", async () => {
    const { counts, open } = counted()
    const handler = storeHandler({}, open, "store")
    await handler(goldenEvent, contextOf(60_000))
    await handler(goldenEvent, contextOf(60_000))
    expect(counts).toEqual({ opened: 1, closed: 0 })
  })

  it("opens the store anew after an invocation that threw, so that a new password is found", async () => {
    const { counts, open } = counted()
    const handler = storeHandler({}, open, "store")
    await handler(goldenEvent, contextOf(60_000))
    await expect(handler({ records: [] }, contextOf(60_000))).rejects.toThrow("not from Kafka")
    expect(counts).toEqual({ opened: 1, closed: 1 })
    await handler(goldenEvent, contextOf(60_000))
    expect(counts).toEqual({ opened: 2, closed: 1 })
  })

  it("refuses a wrong setting before it is invoked", () => {
    const { open } = counted()
    const message = `The environment variable ODRADEK_REQUESTS_AT_ONCE is "0": write a whole number from 1 on.`
    expect(() => storeHandler({ ODRADEK_REQUESTS_AT_ONCE: "0" }, open, "store")).toThrow(message)
  })
})
