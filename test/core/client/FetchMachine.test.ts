import { describe, expect, it } from "vitest"
import {
  ClientFailure,
  defaultFetchConfig,
  type FetchConfig,
  type FetchInput,
  fetchMachine,
  type FetchOutput,
  noReads
} from "../../../core/client/index.ts"

const read = (id: number, partition: number, options: { offset?: number; wait?: number; bytes?: number } = {}) =>
  ({
    _tag: "Read",
    id,
    topic: "t",
    partition,
    offset: options.offset ?? 0,
    maxBytes: options.bytes ?? 100,
    maxWaitMs: options.wait ?? 0
  }) satisfies FetchInput

const tick = (now: number): FetchInput => ({ _tag: "Tick", now })

/** What a Fetch answers: for each partition how many bytes, and how far the log goes. */
const fetched = (fetch: number, partitions: Readonly<Record<number, readonly [bytes: number, end: number]>>) =>
  ({
    _tag: "Fetched",
    fetch,
    responses: [
      {
        topic: "t",
        topicId: "",
        partitions: Object.entries(partitions).map(([partition, [bytes, end]]) => ({
          partitionIndex: Number(partition),
          errorCode: 0,
          highWatermark: end,
          lastStableOffset: end,
          logStartOffset: 0,
          divergingEpoch: { epoch: -1, endOffset: -1 },
          currentLeader: { leaderId: -1, leaderEpoch: -1 },
          snapshotId: { endOffset: -1, epoch: -1 },
          abortedTransactions: null,
          preferredReadReplica: -1,
          records: new Uint8Array(bytes)
        }))
      }
    ]
  }) satisfies FetchInput

const draw = (output: FetchOutput): string => {
  switch (output._tag) {
    case "Fetch": {
      const asked = output.plan.partitions.map(({ offset, partition }) => `${partition}@${offset}`).join(" ")
      return `${output.lane} ${output.fetch} [${asked}] wait ${output.maxWaitMs}`
    }
    case "Answered":
      return `answered ${output.id} with ${output.fetched.records?.length ?? 0}`
    case "Failed":
      return `failed ${output.id}`
  }
}

const run = (inputs: ReadonlyArray<FetchInput>, config: Partial<FetchConfig> = {}) => {
  let state = noReads({ ...defaultFetchConfig, ...config })
  const lines = inputs.map((input) => {
    const [next, outputs] = fetchMachine.step(state, input)
    state = next
    return outputs.map(draw).join(", ")
  })
  return { lines, wakeAt: fetchMachine.wakeAt(state) }
}

describe("fetchMachine, reads that do not wait", () => {
  it("sends a lone read at once", () => {
    expect(run([tick(1), read(1, 0)]).lines).toEqual(["", "now 1 [0@0] wait 0"])
  })

  it("puts those that come while two Fetches are under way into one", () => {
    const { lines } = run([tick(1), read(1, 0), read(2, 1), read(3, 2), read(4, 3), fetched(1, { 0: [5, 1] })])
    expect(lines.slice(3)).toEqual(["", "", "answered 1 with 5, now 3 [2@0 3@0] wait 0"])
  })

  it("lets readers of the same offset share, and those of another offset wait for the next Fetch", () => {
    const { lines } = run([
      tick(1),
      read(1, 0),
      read(2, 1),
      read(3, 2),
      read(4, 2),
      read(5, 2, { offset: 9 }),
      fetched(1, { 0: [1, 1] }),
      fetched(3, { 2: [7, 1] })
    ])
    expect(lines[6]).toBe("answered 1 with 1, now 3 [2@0] wait 0")
    expect(lines[7]).toBe("answered 3 with 7, answered 4 with 7, now 4 [2@9] wait 0")
  })

  it("asks again for a read that the answer had no room for, first in the next Fetch", () => {
    const { lines } = run([
      tick(1),
      read(1, 0),
      read(2, 1),
      read(3, 2),
      read(4, 3),
      fetched(1, { 0: [1, 1] }),
      fetched(3, { 2: [9, 1], 3: [0, 1] })
    ])
    expect(lines[6]).toBe("answered 3 with 9, now 4 [3@0] wait 0")
  })

  it("answers an empty page when nothing else took the room", () => {
    expect(run([tick(1), read(1, 0), fetched(1, { 0: [0, 4] })]).lines[2]).toBe("answered 1 with 0")
  })

  it("keeps the answers under way together within the bound", () => {
    const big = (id: number, partition: number) => read(id, partition, { bytes: 600 })
    const { lines } = run([tick(1), big(1, 0), big(2, 1), fetched(1, { 0: [1, 1] })], { maxBytes: 1000 })
    expect(lines.slice(1)).toEqual(["now 1 [0@0] wait 0", "", "answered 1 with 1, now 2 [1@0] wait 0"])
  })

  it("fails the reads of a Fetch that has no answer, and no others", () => {
    const failure = new ClientFailure({ reason: "Closed", broker: "b", message: "gone" })
    const { lines } = run([tick(1), read(1, 0), read(2, 1), { _tag: "FetchFailed", fetch: 1, failure }])
    expect(lines[3]).toBe("failed 1")
  })

  it("fails a read whose partition the answer left out", () => {
    expect(run([tick(1), read(1, 0), fetched(1, {})]).lines[2]).toBe("failed 1")
  })
})

describe("fetchMachine, reads that wait", () => {
  it("never sends one before a read that does not wait", () => {
    const { lines } = run([tick(1), read(1, 0, { wait: 9000 }), read(2, 1)])
    expect(lines.slice(1)).toEqual(["follow 1 [0@0] wait 500", "now 2 [1@0] wait 0"])
  })

  it("lets one that comes during a poll ask at once, and then join the next poll", () => {
    const { lines } = run([
      tick(1),
      read(1, 0, { wait: 9000 }),
      read(2, 1, { wait: 9000 }),
      fetched(2, { 1: [0, 0] }),
      tick(501),
      fetched(1, { 0: [0, 0] })
    ])
    expect(lines[2]).toBe("now 2 [1@0] wait 0")
    expect(lines[3]).toBe("")
    expect(lines[5]).toBe("follow 3 [1@0 0@0] wait 500")
  })

  it("waits no longer than the read that has the least time left", () => {
    expect(run([tick(1), read(1, 0, { wait: 120 })]).lines[1]).toBe("follow 1 [0@0] wait 120")
  })

  it("answers what its partition has, and keeps the others waiting", () => {
    const { lines, wakeAt } = run([
      tick(1),
      read(1, 0, { wait: 9000 }),
      read(2, 1, { wait: 9000 }),
      fetched(2, { 1: [0, 0] }),
      fetched(1, { 0: [0, 0] }),
      fetched(3, { 0: [0, 0], 1: [8, 1] })
    ])
    expect(lines[5]).toBe("answered 2 with 8")
    expect(wakeAt).toBe(1 + defaultFetchConfig.lingerMs)
  })

  it("waits a moment for a reader that was answered, so that it is in the next poll with the others", () => {
    const before = [
      tick(1),
      read(1, 0, { wait: 9000 }),
      read(2, 1, { wait: 9000 }),
      fetched(2, { 1: [0, 0] }),
      fetched(1, { 0: [0, 0] }),
      fetched(3, { 0: [0, 0], 1: [8, 1] })
    ]
    const back = run([...before, tick(2), read(3, 1, { offset: 1, wait: 9000 })]).lines
    expect(back[7]).toBe("follow 4 [0@0 1@1] wait 500")
    const away = run([...before, tick(7)]).lines
    expect(away[6]).toBe("follow 4 [0@0] wait 50")
  })

  it("answers an empty page when its time is over, also while a poll of others is under way", () => {
    const { lines, wakeAt } = run([
      tick(1),
      read(1, 0, { wait: 9000 }),
      read(2, 1, { wait: 100 }),
      fetched(2, { 1: [0, 0] }),
      tick(101)
    ])
    expect(lines[4]).toBe("answered 2 with 0")
    expect(wakeAt).toBeUndefined()
  })

  it("drops a read that was cancelled, in the queue or under way", () => {
    const { lines } = run([
      tick(1),
      read(1, 0, { wait: 9000 }),
      read(2, 1, { wait: 9000 }),
      { _tag: "Cancel", id: 1 },
      { _tag: "Cancel", id: 2 },
      fetched(2, { 1: [0, 0] }),
      fetched(1, { 0: [5, 1] })
    ])
    expect(lines.slice(3)).toEqual(["", "", "", ""])
  })
})
