import { describe, expect, it } from "vitest"
import { JournalError } from "../../../../../core/journal/index.ts"
import type { PartitionStatus, ReplicatorEvent } from "../../../../../core/journal/index.ts"
import { replicatorLines } from "../../../../../runtimes/node/cli/replicator/ReplicatorLines.ts"

const topic = "orders"

const error = (message: string) => new JournalError({ reason: "Unavailable", topic, partition: 0, message })

const stalled = (message: string, retryAt: number, partition = 0): ReplicatorEvent => ({
  _tag: "Stalled",
  topic,
  partition,
  retryAt,
  error: error(message)
})

const resumed = (nextOffset: number, partition = 0): ReplicatorEvent => ({
  _tag: "Resumed",
  topic,
  partition,
  nextOffset
})

const replicated = (records: number, nextOffset: number): ReplicatorEvent => ({
  _tag: "Replicated",
  topic,
  partition: 0,
  nextOffset,
  logEnd: nextOffset,
  records,
  events: records,
  bytes: 10 * records,
  since: 0
})

const statusOf = (waits: boolean): PartitionStatus => ({
  topic,
  partition: 0,
  nextOffset: 7,
  lag: 0,
  stalled: waits ? { error: error("It is down."), since: 0, retryAt: 1 } : undefined
})

const short = (lines: ReadonlyArray<string>): ReadonlyArray<string> =>
  lines.map((line) => {
    const { message, nextOffset, partition, type } = JSON.parse(line)
    return [type, partition, message ?? nextOffset].filter((part) => part !== undefined).join(" ")
  })

describe("the lines of a replicator for programs", () => {
  it("say once what a partition waits for, however often it tries again", () => {
    const { happened } = replicatorLines()
    const events = [resumed(5), stalled("Down.", 1), resumed(5), stalled("Down.", 2), resumed(5), stalled("Down.", 3)]
    expect(short(events.flatMap(happened))).toEqual(["resumed 0 5", "stalled 0 Down."])
  })

  it("say at once that it is something else, or another partition", () => {
    const { happened } = replicatorLines()
    const events = [
      stalled("Down.", 1),
      stalled("Full.", 2),
      stalled("Full.", 3),
      stalled("Full.", 4, 1),
      resumed(1, 2)
    ]
    expect(short(events.flatMap(happened))).toEqual([
      "stalled 0 Down.",
      "stalled 0 Full.",
      "stalled 1 Full.",
      "resumed 2 1"
    ])
  })

  it("say that a partition goes on before its next batch, and then again what it waits for", () => {
    const { goesOn, happened } = replicatorLines()
    const before = [resumed(5), stalled("Down.", 1), resumed(5)]
    expect(short(before.flatMap(happened))).toEqual(["resumed 0 5", "stalled 0 Down."])
    expect(short(happened(replicated(2, 7)))).toEqual(["resumed 0 5", "batch 0 7"])
    expect(goesOn([statusOf(false)])).toEqual([])
    expect(short(happened(stalled("Down.", 9)))).toEqual(["stalled 0 Down."])
  })

  it("say that a partition goes on that has nothing to replicate, once its status tells", () => {
    const { goesOn, happened } = replicatorLines()
    happened(stalled("Down.", 1))
    happened(resumed(5))
    expect(goesOn([statusOf(true)])).toEqual([])
    expect(short(goesOn([statusOf(false)]))).toEqual(["resumed 0 5"])
    expect(goesOn([statusOf(false)])).toEqual([])
  })

  it("say where a partition goes on that had only to read the log again", () => {
    const { goesOn, happened } = replicatorLines()
    happened(stalled("Down.", 1))
    expect(short(goesOn([statusOf(false)]))).toEqual(["resumed 0 7"])
  })

  it("forget a partition that is let go", () => {
    const { goesOn, happened } = replicatorLines()
    happened(stalled("Down.", 1))
    expect(short(happened({ _tag: "Released", topic, partition: 0 }))).toEqual(["released 0"])
    expect(goesOn([statusOf(false)])).toEqual([])
    expect(short(happened(resumed(5)))).toEqual(["resumed 0 5"])
  })

  it("have what a program needs of a stalled partition and of a conflict", () => {
    const { happened } = replicatorLines()
    expect(happened(stalled("Down.", 3)).map((line) => JSON.parse(line))).toEqual([
      { type: "stalled", topic, partition: 0, retryAt: 3, reason: "Unavailable", message: "Down." }
    ])
    const conflict = { id: "a", seqNr: 3, offset: 9 }
    expect(happened({ _tag: "Conflicted", topic, partition: 0, conflict }).map((line) => JSON.parse(line))).toEqual([
      { type: "conflict", topic, partition: 0, ...conflict }
    ])
  })
})
