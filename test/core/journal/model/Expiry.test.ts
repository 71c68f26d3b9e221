import { describe, expect, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { isUtcDate, judgeExpiry, utcDate, wrongExpiryDate } from "../../../../core/journal/model/Expiry.ts"
import { jsonPayload, makeJournals } from "../../../../core/journal/index.ts"
import { head } from "../../../../core/ports/contract/JournalStoreSamples.ts"
import { memoryWorld, sync } from "../JournalWorld.ts"

const today = Effect.map(Clock.currentTimeMillis, utcDate)
const topic = "orders"

const world = () => {
  const ports = memoryWorld()
  return { ...ports, journals: makeJournals({ ...ports, topic, payload: jsonPayload }) }
}

const event = [{ payload: 1 }] as const

describe("judgeExpiry", () => {
  const found = { head: head(3, { expireOn: "2026-11-20" }), first: undefined, purged: false }

  it("finds a journal expired on the day itself and later, not before", () => {
    expect(judgeExpiry(found, "2026-11-19")).toBe("Renewed")
    expect(judgeExpiry(found, "2026-11-20")).toBe("Expired")
    expect(judgeExpiry(found, "2026-11-21")).toBe("Expired")
  })

  it("keeps a journal that does not expire, or on what is no date", () => {
    for (const expireOn of [undefined, "+12026-01", "2026-02-30", "", "0"]) {
      expect(judgeExpiry({ ...found, head: head(3, { expireOn }) }, "9999-12-31")).toBe("Renewed")
    }
  })

  it("keeps a journal of which the log has more than the store, a purge before it or not", () => {
    expect(judgeExpiry({ ...found, first: 9 }, "2026-11-21")).toBe("Unreplicated")
    expect(judgeExpiry({ ...found, first: 9, purged: true }, "2026-11-21")).toBe("Unreplicated")
  })

  it("finds a journal gone that was purged in the log, or has no head", () => {
    expect(judgeExpiry({ ...found, purged: true }, "2026-11-21")).toBe("Gone")
    expect(judgeExpiry({ ...found, head: undefined }, "2026-11-21")).toBe("Gone")
  })
})

describe("the date up to which journals are purged", () => {
  it("is a day of the calendar", () => {
    expect(isUtcDate("2024-02-29")).toBe(true)
    for (const text of ["2026-02-29", "2026-13-01", "2026-1-01", "2026-01-01T00:00:00Z", "today", ""]) {
      expect(isUtcDate(text), text).toBe(false)
    }
  })

  it("is today at the latest", () => {
    const now = Date.parse("2026-11-21T23:59:59.999Z")
    expect(wrongExpiryDate("2026-11-21", now)).toBeUndefined()
    expect(wrongExpiryDate("2026-11-22", now)).toBe(
      '"2026-11-22" is still to come: name 2026-11-21, which is today in UTC, or an earlier date.'
    )
    expect(wrongExpiryDate("21.11.2026", now)).toBe('"21.11.2026" is no date: write one as 2026-11-21.')
  })
})

describe("journals that have expired", () => {
  it.live("are told by the store, and purged through the log", () =>
    Effect.gen(function* () {
      const { journals, ...ports } = world()
      yield* journals.journal("short").append(event, { expireAfter: "1 ms" })
      yield* journals.journal("long").append(event, { expireAfter: "30 days" })
      yield* journals.journal("ever").append(event)
      yield* sync(ports, topic)
      const date = yield* today
      expect(yield* Stream.runCollect(journals.expired(date))).toEqual([{ id: "short", expireOn: date }])
      const outcome = yield* journals.journal("short").purgeExpired(date)
      expect(outcome).toMatchObject({ _tag: "Purged", place: { partition: 0 } })
      expect(yield* ports.store.head({ topic, id: "short" })).toBeDefined()
      expect(yield* journals.journal("short").pointer).toBeUndefined()
      yield* sync(ports, topic)
      expect(yield* Stream.runCollect(journals.ids)).toEqual(["ever", "long"])
      expect(yield* Stream.runCollect(journals.expired(date))).toEqual([])
    })
  )

  it.live("are kept when they were appended to since, whatever the append says, until that is replicated", () =>
    Effect.gen(function* () {
      const { journals, ...ports } = world()
      const journal = journals.journal("renewed")
      yield* journal.append(event, { expireAfter: "1 ms" })
      yield* sync(ports, topic)
      yield* journal.append(event, { expireAfter: "30 days" })
      const date = yield* today
      expect(yield* Stream.runCollect(journals.expired(date))).toHaveLength(1)
      expect(yield* journal.purgeExpired(date)).toEqual({ _tag: "Kept", why: "Unreplicated" })
      yield* sync(ports, topic)
      expect(yield* journal.purgeExpired(date)).toEqual({ _tag: "Kept", why: "Renewed" })
      expect(yield* journal.pointer).toBe(2)
    })
  )

  it.live("are not purged twice, nor when they have begun again", () =>
    Effect.gen(function* () {
      const { journals, ...ports } = world()
      const journal = journals.journal("gone")
      yield* journal.append(event, { expireAfter: "1 ms" })
      yield* sync(ports, topic)
      const date = yield* today
      expect(yield* journal.purgeExpired(date)).toMatchObject({ _tag: "Purged" })
      expect(yield* journal.purgeExpired(date)).toEqual({ _tag: "Kept", why: "Gone" })
      yield* journal.append(event)
      expect(yield* journal.purgeExpired(date)).toEqual({ _tag: "Kept", why: "Unreplicated" })
      expect(yield* journal.pointer).toBe(1)
    })
  )

  it.live("are looked for on days that have come only", () =>
    Effect.gen(function* () {
      const { journals } = world()
      const error = yield* Effect.flip(Stream.runCollect(journals.expired("9999-12-31")))
      expect(error).toMatchObject({ reason: "Invalid", message: expect.stringContaining("still to come") })
      const other = yield* Effect.flip(journals.journal("a").purgeExpired("soon"))
      expect(other).toMatchObject({ reason: "Invalid", message: expect.stringContaining("no date") })
    })
  )
})
