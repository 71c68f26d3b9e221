import { describe, expect, it } from "vitest"
import { ErrorCode } from "../../../../core/protocol/index.ts"
import { BrokerBench } from "../BrokerBench.ts"

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

const withTopic = (): BrokerBench => {
  const bench = new BrokerBench()
  bench.createTopic("t", 2)
  return bench
}

const join = (bench: BrokerBench, groupId: string, memberId = "", instanceId: string | null = null) =>
  bench.ask("JoinGroup", 5, {
    groupId,
    sessionTimeoutMs: 10_000,
    rebalanceTimeoutMs: 10_000,
    memberId,
    groupInstanceId: instanceId,
    protocolType: "consumer",
    protocols: [{ name: "range", metadata: bytes("wants t") }]
  })

/** A group of one member that is stable in generation 1, and the member's id. */
const stableGroup = (bench: BrokerBench, groupId: string, instanceId: string | null = null): string => {
  const first = join(bench, groupId, "", instanceId).memberId
  const memberId = instanceId === null ? join(bench, groupId, first).memberId : first
  bench.ask("SyncGroup", 3, {
    groupId,
    generationId: 1,
    memberId,
    groupInstanceId: instanceId,
    assignments: [{ memberId, assignment: bytes("gets t") }]
  })
  return memberId
}

const commit = (bench: BrokerBench, groupId: string, partitionIndex = 0): void => {
  const partitions = [{ partitionIndex, committedOffset: 5, committedMetadata: null }]
  bench.ask("OffsetCommit", 7, { groupId, topics: [{ name: "t", partitions }] })
}

const list = (bench: BrokerBench, version = 5, filters: object = {}) => bench.ask("ListGroups", version, filters)

const describeOne = (bench: BrokerBench, groupId: string, version = 5) =>
  bench.ask("DescribeGroups", version, { groups: [groupId] }).groups[0]

const remove = (bench: BrokerBench, ...groupsNames: ReadonlyArray<string>) =>
  bench.ask("DeleteGroups", 2, { groupsNames }).results.map(({ errorCode, groupId }) => [groupId, errorCode])

const damaged = (): BrokerBench => {
  const bench = withTopic()
  commit(bench, "g")
  bench.feed({ _tag: "Stop" })
  bench.damage("__consumer_offsets-0")
  return new BrokerBench({ disk: bench.disk })
}

describe("ListGroups", () => {
  it("lists the groups with members and those with offsets alone, sorted", () => {
    const bench = withTopic()
    commit(bench, "simple")
    stableGroup(bench, "busy")
    expect(list(bench)).toMatchObject({
      errorCode: 0,
      groups: [
        { groupId: "busy", protocolType: "consumer", groupState: "Stable", groupType: "classic" },
        { groupId: "simple", protocolType: "", groupState: "Empty", groupType: "classic" }
      ]
    })
  })

  it("lists a group with members and offsets once", () => {
    const bench = withTopic()
    commit(bench, "g")
    stableGroup(bench, "g")
    expect(list(bench).groups).toHaveLength(1)
  })

  it("lists only the states that are asked for, in whatever case, from version 4 on", () => {
    const bench = withTopic()
    commit(bench, "simple")
    stableGroup(bench, "busy")
    const names = (statesFilter: ReadonlyArray<string>) =>
      list(bench, 4, { statesFilter }).groups.map(({ groupId }) => groupId)
    expect([names(["stable"]), names(["Empty"]), names(["Dead"]), names([])]).toEqual([
      ["busy"],
      ["simple"],
      [],
      ["busy", "simple"]
    ])
  })

  it("lists only the types that are asked for, from version 5 on", () => {
    const bench = withTopic()
    stableGroup(bench, "g")
    expect(list(bench, 5, { typesFilter: ["Classic"] }).groups).toHaveLength(1)
    expect(list(bench, 5, { typesFilter: ["share"] }).groups).toHaveLength(0)
  })

  it("answers COORDINATOR_NOT_AVAILABLE while the offsets' files are damaged, never a list that lacks some", () => {
    expect(list(damaged())).toMatchObject({ errorCode: ErrorCode.COORDINATOR_NOT_AVAILABLE, groups: [] })
  })
})

describe("DescribeGroups", () => {
  it("gives each member of a stable group with what it asked for and what it was given", () => {
    const bench = withTopic()
    const memberId = stableGroup(bench, "g", "host-1")
    expect(describeOne(bench, "g")).toMatchObject({
      errorCode: 0,
      groupState: "Stable",
      protocolType: "consumer",
      protocolData: "range",
      members: [
        {
          memberId,
          groupInstanceId: "host-1",
          clientId: "client",
          clientHost: "/there",
          memberMetadata: bytes("wants t"),
          memberAssignment: bytes("gets t")
        }
      ]
    })
  })

  it("says nothing of assignments while the group rebalances", () => {
    const bench = withTopic()
    join(bench, "g", join(bench, "g").memberId)
    expect(describeOne(bench, "g")).toMatchObject({
      groupState: "CompletingRebalance",
      protocolData: "",
      members: [{ memberMetadata: new Uint8Array(0), memberAssignment: new Uint8Array(0) }]
    })
  })

  it("gives a group with offsets alone as Empty, and one that nobody knows as Dead, without an error", () => {
    const bench = withTopic()
    commit(bench, "simple")
    expect(describeOne(bench, "simple")).toMatchObject({ errorCode: 0, groupState: "Empty", members: [] })
    expect(describeOne(bench, "nobody")).toMatchObject({ errorCode: 0, groupState: "Dead", members: [] })
  })

  it("describes a group that is named twice once", () => {
    const { groups } = withTopic().ask("DescribeGroups", 3, { groups: ["g", "h", "g"] })
    expect(groups.map(({ groupId }) => groupId)).toEqual(["g", "h"])
  })

  it("answers COORDINATOR_NOT_AVAILABLE while the offsets' files are damaged", () => {
    expect(describeOne(damaged(), "g")?.errorCode).toBe(ErrorCode.COORDINATOR_NOT_AVAILABLE)
  })
})

describe("DeleteGroups", () => {
  it("takes back every offset of the group and no other, also over a restart", () => {
    const bench = withTopic()
    for (const partition of [0, 1]) commit(bench, "g", partition)
    commit(bench, "other")
    expect(remove(bench, "g")).toEqual([["g", 0]])
    for (const broker of [bench, new BrokerBench({ disk: bench.disk })]) {
      expect(list(broker).groups.map(({ groupId }) => groupId)).toEqual(["other"])
      expect(describeOne(broker, "g")?.groupState).toBe("Dead")
    }
  })

  it("answers each group for itself: unknown ones GROUP_ID_NOT_FOUND, those with members NON_EMPTY_GROUP", () => {
    const bench = withTopic()
    stableGroup(bench, "busy")
    commit(bench, "idle")
    expect(remove(bench, "busy", "nobody", "idle", "idle")).toEqual([
      ["busy", ErrorCode.NON_EMPTY_GROUP],
      ["nobody", ErrorCode.GROUP_ID_NOT_FOUND],
      ["idle", 0]
    ])
  })

  it("is possible once the last member has left", () => {
    const bench = withTopic()
    commit(bench, "g")
    const memberId = stableGroup(bench, "g")
    bench.ask("LeaveGroup", 3, { groupId: "g", members: [{ memberId }] })
    expect(remove(bench, "g")).toEqual([["g", 0]])
  })

  it("forgets ids that were given out and not used: who comes with one is not known", () => {
    const bench = withTopic()
    const { memberId } = join(bench, "g")
    expect(remove(bench, "g")).toEqual([["g", 0]])
    expect(join(bench, "g", memberId).errorCode).toBe(ErrorCode.UNKNOWN_MEMBER_ID)
    expect(bench.state.groups.size).toBe(0)
  })

  it("is answered after the offsets are gone from the log, however many there are", () => {
    const bench = new BrokerBench()
    const long = "g".repeat(30_000)
    bench.createTopic("t", 40)
    for (let partition = 0; partition < 40; partition++) commit(bench, long, partition)
    bench.isHolding = true
    const id = bench.send("DeleteGroups", 1, { groupsNames: [long] })
    expect(bench.outcome("DeleteGroups", id)).toBeUndefined()
    while (bench.held.length > 0) bench.release()
    expect(bench.outcome("DeleteGroups", id)).toMatchObject({ results: [{ errorCode: 0 }] })
    expect(list(new BrokerBench({ disk: bench.disk })).groups).toEqual([])
  })

  it("answers NOT_COORDINATOR, and the offsets stay, when the disk refuses", () => {
    const bench = withTopic()
    commit(bench, "g")
    bench.disk.crashAfter(0)
    expect(remove(bench, "g")).toEqual([["g", ErrorCode.NOT_COORDINATOR]])
    expect(bench.state.offsets.has("g")).toBe(true)
  })

  it("answers COORDINATOR_NOT_AVAILABLE while the offsets' files are damaged", () => {
    expect(remove(damaged(), "g")).toEqual([["g", ErrorCode.COORDINATOR_NOT_AVAILABLE]])
  })
})
