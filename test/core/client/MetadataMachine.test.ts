import { describe, expect, it } from "vitest"
import {
  ClientFailure,
  defaultMetadataConfig,
  type MetadataAnswer,
  type MetadataInput,
  metadataMachine,
  type MetadataOutput,
  nothingKnown
} from "../../../core/client/index.ts"
import { ErrorCode } from "../../../core/protocol/index.ts"

const tick = (now: number): MetadataInput => ({ _tag: "Tick", now })

const leaderOf = (id: number, topic: string, partition = 0, newerThan = 0): MetadataInput => ({
  _tag: "Ask",
  id,
  question: { _tag: "Leader", topic, partition, newerThan }
})

/** What a broker says: for each topic the leaders of its partitions, or an error code. */
const loaded = (
  topics: ReadonlyArray<string> | null,
  said: Readonly<Record<string, ReadonlyArray<number> | number>>
): MetadataInput => ({
  _tag: "Loaded",
  topics,
  response: {
    throttleTimeMs: 0,
    brokers: [1, 2].map((nodeId) => ({ nodeId, host: `b${nodeId}`, port: 9092, rack: null })),
    clusterId: null,
    controllerId: 1,
    clusterAuthorizedOperations: 0,
    topics: Object.entries(said).map(([name, leaders]) => ({
      errorCode: typeof leaders === "number" ? leaders : 0,
      name,
      topicId: "",
      isInternal: false,
      topicAuthorizedOperations: 0,
      partitions: (typeof leaders === "number" ? [] : leaders).map((leaderId, partitionIndex) => ({
        errorCode: 0,
        partitionIndex,
        leaderId,
        leaderEpoch: 0,
        replicaNodes: [],
        isrNodes: [],
        offlineReplicas: []
      }))
    }))
  }
})

const failed: MetadataInput = {
  _tag: "LoadFailed",
  failure: new ClientFailure({ reason: "Unreachable", broker: "b", message: "nobody listens" })
}

const drawAnswer = (answer: MetadataAnswer): string => {
  switch (answer._tag) {
    case "Leader":
      return `${answer.address.host} of load ${answer.load}`
    case "Partitions":
      return `${answer.count} partitions`
    case "Topics":
      return answer.names.join(" ")
    case "Unusable":
      return `unusable ${answer.errorCode}`
    case "Failed":
      return "failed"
  }
}

const draw = (output: MetadataOutput): string =>
  output._tag === "Load"
    ? `load ${output.topics?.join(" ") ?? "all"}`
    : `answer ${output.id}: ${drawAnswer(output.answer)}`

const run = (inputs: ReadonlyArray<MetadataInput>) => {
  let state = nothingKnown(defaultMetadataConfig)
  const lines = inputs.map((input) => {
    const [next, outputs] = metadataMachine.step(state, input)
    state = next
    return outputs.map(draw).join(", ")
  })
  return { lines, wakeAt: metadataMachine.wakeAt(state) }
}

describe("metadataMachine", () => {
  it("loads a topic once, and answers from memory afterwards", () => {
    expect(run([tick(1), leaderOf(1, "t"), loaded(["t"], { t: [2, 1] }), leaderOf(2, "t", 1)]).lines).toEqual([
      "",
      "load t",
      "answer 1: b2 of load 1",
      "answer 2: b1 of load 1"
    ])
  })

  it("collects what is asked during a load into the next one", () => {
    const { lines } = run([tick(1), leaderOf(1, "a"), leaderOf(2, "b"), leaderOf(3, "c"), loaded(["a"], { a: [1] })])
    expect(lines.slice(2)).toEqual(["", "", "answer 1: b1 of load 1, load b c"])
  })

  it("loads again when an answer proved wrong, once for all who say so", () => {
    const { lines } = run([
      tick(1),
      leaderOf(1, "t"),
      loaded(["t"], { t: [1] }),
      leaderOf(2, "t", 0, 1),
      leaderOf(3, "t", 0, 1),
      loaded(["t"], { t: [2] })
    ])
    expect(lines.slice(3)).toEqual(["load t", "", "answer 2: b2 of load 2, answer 3: b2 of load 2"])
  })

  it("asks the brokers about a missing topic each time", () => {
    const missing = loaded(["t"], { t: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION })
    const { lines } = run([tick(1), leaderOf(1, "t"), missing, leaderOf(2, "t"), loaded(["t"], { t: [1] })])
    expect(lines.slice(2)).toEqual(["answer 1: unusable 3", "load t", "answer 2: b1 of load 2"])
  })

  it("asks the brokers about a missing partition each time", () => {
    const one = loaded(["t"], { t: [1] })
    const { lines } = run([tick(1), leaderOf(1, "t"), one, leaderOf(2, "t", 1), one, leaderOf(3, "t", 1)])
    expect(lines.slice(3)).toEqual(["load t", "answer 2: unusable 3", "load t"])
  })

  it("waits for a leader that is being elected, with pauses that double", () => {
    const none = loaded(["t"], { t: [-1] })
    const { lines, wakeAt } = run([tick(1), leaderOf(1, "t"), none, tick(50), tick(51), none])
    expect(lines.slice(2)).toEqual(["", "", "load t", ""])
    expect(wakeAt).toBe(151)
  })

  it("fails at once while no broker has ever answered", () => {
    expect(run([tick(1), leaderOf(1, "t"), failed]).lines[2]).toBe("answer 1: failed")
  })

  it("tries again as long as somebody waits once a broker has answered", () => {
    const { lines } = run([
      tick(1),
      leaderOf(1, "a"),
      loaded(["a"], { a: [1] }),
      leaderOf(2, "b"),
      failed,
      tick(51),
      failed,
      { _tag: "Cancel", id: 2 },
      tick(500)
    ])
    expect(lines.slice(3)).toEqual(["load b", "", "load b", "", "", ""])
  })

  it.each(["Unsupported", "Untrusted", "Unauthorized"] as const)(
    "answers with a failure that does not pass (%s), also after a broker has answered before",
    (reason) => {
      const failure = new ClientFailure({ reason, broker: "b", message: "no" })
      const before = [tick(1), leaderOf(1, "a"), loaded(["a"], { a: [1] }), leaderOf(2, "b")]
      expect(run([...before, { _tag: "LoadFailed", failure }]).lines[4]).toBe("answer 2: failed")
    }
  )

  it("lists the topics that are there, always by a new load", () => {
    const ask = (id: number): MetadataInput => ({ _tag: "Ask", id, question: { _tag: "Topics" } })
    const all = loaded(null, { b: [1], a: [1], gone: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION })
    expect(run([tick(1), ask(1), all, ask(2)]).lines.slice(1)).toEqual(["load all", "answer 1: a b", "load all"])
  })

  it("loads again what is older than its age allows", () => {
    const { lines } = run([
      tick(1),
      leaderOf(1, "t"),
      loaded(["t"], { t: [1] }),
      tick(1 + defaultMetadataConfig.maxAgeMs),
      leaderOf(2, "t")
    ])
    expect(lines[4]).toBe("load t")
  })
})
