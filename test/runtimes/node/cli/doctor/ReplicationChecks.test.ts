import { expect, it } from "vitest"
import type { Check } from "../../../../../runtimes/node/cli/doctor/Check.ts"
import { clockCheck } from "../../../../../runtimes/node/cli/doctor/ClockCheck.ts"
import {
  type PartitionState,
  replicationChecks,
  type TopicState
} from "../../../../../runtimes/node/cli/doctor/ReplicationChecks.ts"

const now = 1_774_915_200_000

const partition = (over: Partial<PartitionState> = {}): PartitionState => {
  const pointer = "pointer" in over ? over.pointer : 9
  const nothing = { oldest: undefined, poison: undefined, belonging: { _tag: "Same" } } as const
  return { partition: 0, logStart: 0, end: 10, pointer, later: pointer, ...nothing, ...over }
}

const found = (name: string, partitions: ReadonlyArray<PartitionState>, over: Partial<TopicState> = {}): Check => {
  const state = { topic: "orders", partitions, now, watchedMs: 2000, retentionMs: 604_800_000, ...over }
  const check = replicationChecks(state).find((each) => each.name === name)
  if (check === undefined) throw new Error(`there is no check ${name}`)
  return check
}

it("a topic that is replicated whole is well in every respect", () => {
  const state = { topic: "orders", partitions: [partition()], now, watchedMs: 2000, retentionMs: undefined }
  expect(replicationChecks(state).map(({ name, status }) => `${name} ${status}`)).toEqual([
    "pointer ok",
    "lag ok",
    "records ok",
    "progress ok"
  ])
})

it("a pointer beyond the log's end has failed: the store belongs to another log", () => {
  expect(found("pointer", [partition({ pointer: 10 })])).toMatchObject({
    subject: "orders-0",
    status: "failed",
    message: "the store has orders-0 up to offset 10, and the log ends at 10",
    advice: "use the store that belongs to this log, or an empty one"
  })
})

const first = { id: "a", offset: 7, store: "nothing of it" }
const foreign = { _tag: "Other", pointer: 8, first, others: 2 } as const

it("a store of another log whose pointer stands in this one has failed, and it is told by which journal", () => {
  expect(found("pointer", [partition(), partition({ partition: 1, pointer: 8, belonging: foreign })])).toMatchObject({
    subject: "orders-1",
    status: "failed",
    message:
      'the store was filled from another log than orders-1: up to the store\'s pointer 8 journal "a" has its last record ' +
      "at offset 7, and the store has nothing of it, and 2 more differ",
    advice:
      "use the store that this log was replicated to, or an empty one; if it is the right one, see what is damaged with " +
      "`odradek replicator verify`"
  })
})

it("nothing is said of the lag of a store that belongs to another log, and no replicator is missed", () => {
  for (const state of [partition({ pointer: 10 }), partition({ pointer: 8, belonging: foreign })]) {
    expect(found("lag", [state])).toMatchObject({
      status: "skipped",
      message: "the store and orders do not belong together"
    })
    expect(found("progress", [state]).status).toBe("ok")
  }
})

it("one record that is gone is told as one", () => {
  expect(found("pointer", [partition({ pointer: 5, logStart: 7 })]).message).toBe(
    "record 6 of orders-0 is gone from the log before it was replicated"
  )
})

it("a pointer below the log's start has failed: records are lost", () => {
  expect(found("pointer", [partition({ pointer: 3, logStart: 7 })])).toMatchObject({
    status: "failed",
    message: "records 4 to 6 of orders-0 are gone from the log before they were replicated",
    advice: "restore the store from a backup that has them, or set its pointer to 6 by hand to accept the loss"
  })
})

it("a pointer at the record before the log's start, or at the log's end, is well", () => {
  expect(found("pointer", [partition({ pointer: 6, logStart: 7 }), partition({ partition: 1 })]).status).toBe("ok")
})

it("a store that never had a partition whose log has lost its beginning is a warning", () => {
  expect(found("pointer", [partition({ pointer: undefined, logStart: 7 })])).toMatchObject({
    status: "warning",
    message: "records 0 to 6 of orders-0 are gone from the log, and were never replicated to this store"
  })
})

it("a lag of a moment is well, and told in records and by age", () => {
  const partitions = [
    partition({ pointer: 7, oldest: now - 300 }),
    partition({ partition: 1, pointer: 8, oldest: now - 200 })
  ]
  expect(found("lag", partitions)).toMatchObject({
    status: "ok",
    message: "3 records of orders not replicated, the oldest for 300 ms"
  })
})

it("a lag of minutes is a warning", () => {
  expect(found("lag", [partition({ pointer: 8, oldest: now - 300_000 })])).toMatchObject({
    status: "warning",
    message: "1 record of orders not replicated, the oldest for 5 min",
    advice: "see that a replicator runs and keeps up"
  })
})

it("a lag beyond half of what the log keeps is a warning, and one beyond all of it has failed", () => {
  const behind = [partition({ pointer: 8, oldest: now - 4 * 86_400_000 })]
  expect(found("lag", behind)).toMatchObject({
    status: "warning",
    message: "1 record of orders not replicated, the oldest for 4 days, and the log deletes records after 7 days",
    advice: "raise retention.ms at once, and see that a replicator runs"
  })
  expect(found("lag", [partition({ pointer: 8, oldest: now - 8 * 86_400_000 })]).status).toBe("failed")
  expect(found("lag", behind, { retentionMs: -1 }).status).toBe("warning")
})

it("a record without a time makes no age", () => {
  expect(found("lag", [partition({ pointer: 8, oldest: -1 })])).toMatchObject({
    status: "ok",
    message: "1 record of orders not replicated"
  })
})

it("a record that no replicator can read has failed, with its place", () => {
  const poison = { offset: 9, problem: "whose header cannot be read (no JSON)" }
  expect(found("records", [partition({ pointer: 8, poison })])).toMatchObject({
    subject: "orders-0",
    status: "failed",
    message: "no replicator gets past offset 9 of orders-0, whose header cannot be read (no JSON)",
    advice: "find the program that wrote it; set the store's pointer to 9 by hand only when its loss is acceptable"
  })
})

it("a pointer that does not move while records wait is a warning, with its place", () => {
  expect(found("progress", [partition({ pointer: 4 }), partition({ partition: 1 })])).toMatchObject({
    status: "warning",
    message: "pointers that did not move within 2 s: orders-0 at 4"
  })
  expect(found("progress", [partition({ pointer: undefined })]).message).toContain("orders-0 at its beginning")
})

it("pointers that move are well", () => {
  expect(found("progress", [partition({ pointer: 4, later: 9 })])).toMatchObject({
    status: "ok",
    message: "the pointers of orders move"
  })
})

it("a record from the future is a warning, one that is some milliseconds ahead is none", () => {
  expect(clockCheck("orders", [now + 300_000, now], now)).toMatchObject({
    status: "warning",
    message: "the newest record of orders is from 5 min ahead of this machine's clock"
  })
  expect(clockCheck("orders", [now + 300], now).status).toBe("ok")
  expect(clockCheck("orders", [-1], now).status).toBe("skipped")
})
