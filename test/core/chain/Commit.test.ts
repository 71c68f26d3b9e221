import { describe, expect, it } from "vitest"
import { type BlockId, status } from "../../../core/chain/index.ts"
import { id } from "./Blocks.ts"
import { Cluster, said, voter, voters } from "./Cluster.ts"

const three = (): Cluster => {
  const cluster = new Cluster(voters(1, 2, 3))
  cluster.elect(1)
  return cluster
}

const commitOf = (cluster: Cluster, node: number) => status(cluster.node(node).state).commit

describe("Commit", () => {
  it("three nodes elect a leader, which commits what it is given on all of them", () => {
    const cluster = new Cluster(voters(1, 2, 3))
    cluster.until(() => cluster.leader() !== 0)
    const leader = cluster.leader()
    const request = cluster.propose(leader, "a")
    cluster.deliver()
    for (const node of cluster.nodes.values()) expect(node.applied).toEqual(["a"])
    expect(cluster.answers(leader, request)).toMatchObject([{ _tag: "Committed", waiting: [{ index: 0, count: 1 }] }])
  })

  it("a new leader opens its term with a block that commits what it inherited", () => {
    const cluster = three()
    cluster.propose(1, "a")
    cluster.deliver(({ message }) => message._tag !== "AppendReply")
    cluster.mail = []
    cluster.crash(1)
    cluster.elect(2)
    expect(cluster.node(2).applied).toEqual(["a"])
    expect(commitOf(cluster, 2)).toEqual(id(2, 3))
  })

  it("a block of an earlier term is not committed by counting, but by one of the leader's own above it", () => {
    const cluster = three()
    cluster.propose(1, "old")
    cluster.mail = []
    cluster.isolate(1)
    cluster.pass(1200)
    cluster.isolate(1, false)
    cluster.timeOut(1)
    cluster.deliver(({ message }) => message._tag !== "Append")
    const { term } = cluster.node(1).state
    expect(status(cluster.node(1).state)).toMatchObject({ role: "Leader", head: id(term, 3) })
    const verify = (block: BlockId): void => {
      for (const from of [2, 3]) {
        const commit = id(1, 1)
        cluster.receive(from, 1, { _tag: "AppendReply", term, round: 1, verified: block, commit })
      }
    }
    verify(id(1, 2))
    expect(commitOf(cluster, 1)).toEqual(id(1, 1))
    verify(id(term, 3))
    expect(commitOf(cluster, 1)).toEqual(id(term, 3))
    expect(cluster.node(1).applied).toEqual(["old"])
  })

  it("the leader counts itself once its own disk has the block", () => {
    const cluster = three()
    cluster.node(1).syncs = false
    cluster.propose(1, "a")
    cluster.isolate(3)
    cluster.node(2).syncs = false
    cluster.deliver()
    cluster.sync(1)
    expect(cluster.node(1).applied).toEqual([])
    cluster.sync(2)
    cluster.deliver()
    expect(cluster.node(1).applied).toEqual(["a"])
  })

  it("followers may commit a block before the leader's own disk has it", () => {
    const cluster = three()
    cluster.node(1).syncs = false
    cluster.propose(1, "a")
    cluster.deliver()
    expect(cluster.node(1).applied).toEqual(["a"])
    expect(cluster.node(1).writes.length).toBe(1)
  })

  it("an acknowledgement of an earlier term moves nothing", () => {
    const cluster = three()
    cluster.propose(1, "a")
    cluster.mail = []
    for (const from of [2, 3]) {
      cluster.receive(from, 1, { _tag: "AppendReply", term: 0, round: 99, verified: id(1, 2), commit: id(1, 1) })
    }
    expect(cluster.node(1).applied).toEqual([])
  })

  it("a refusal moves no commit marker", () => {
    const cluster = three()
    cluster.propose(1, "a")
    cluster.mail = []
    for (const from of [2, 3]) {
      cluster.receive(from, 1, { _tag: "AppendReply", term: 1, round: 99, verified: undefined, commit: id(1, 2) })
    }
    expect(cluster.node(1).applied).toEqual([])
  })

  it("a learner is not counted", () => {
    const cluster = new Cluster({ members: [voter(1), voter(2), voter(3), voter(4, { role: "Learner" })] })
    cluster.elect(1)
    cluster.isolate(2)
    cluster.isolate(3)
    cluster.propose(1, "a")
    cluster.deliver()
    expect(cluster.node(4).disk.blocks.flatMap(said)).toEqual(["a"])
    expect(cluster.node(1).applied).toEqual([])
  })

  it("a joint configuration needs a majority of both halves", () => {
    const cluster = new Cluster({ members: [voter(1), voter(2), voter(3)], outgoing: [voter(1), voter(4), voter(5)] })
    cluster.add(4)
    cluster.add(5)
    cluster.timeOut(1)
    cluster.deliver(({ message }) => message._tag !== "Append")
    cluster.isolate(4)
    cluster.isolate(5)
    cluster.propose(1, "a")
    cluster.deliver()
    expect(cluster.node(3).disk.blocks.length).toBe(2)
    expect(cluster.node(1).applied).toEqual([])
    cluster.isolate(4, false)
    cluster.pass(110)
    expect(cluster.node(1).applied).toEqual(["a"])
  })

  it("a witness gets blocks without commands, and only those that enough data members have", () => {
    const cluster = new Cluster({ members: [voter(1), voter(2), voter(3, { role: "Witness" })] })
    cluster.elect(1)
    cluster.isolate(2)
    cluster.propose(1, "a")
    cluster.deliver()
    expect(cluster.node(3).disk.blocks.map(({ body }) => body._tag)).toEqual(["Opening"])
    cluster.isolate(2, false)
    cluster.pass(110)
    expect(cluster.node(1).applied).toEqual(["a"])
    expect(cluster.node(3).disk.blocks.at(-1)?.body).toEqual({ _tag: "Withheld", count: 1 })
  })

  it("a learner that becomes a witness gets all commands, but as late as a witness, while it is both", () => {
    const cluster = new Cluster({ members: [voter(1), voter(2), voter(3, { role: "Learner" })] })
    cluster.elect(1)
    cluster.isolate(2)
    cluster.change(1, [voter(1), voter(2), voter(3, { role: "Witness" })])
    cluster.propose(1, "a")
    cluster.pass(300)
    expect(status(cluster.node(3).state).head).toEqual(id(1, 1))
    cluster.isolate(2, false)
    cluster.pass(300)
    expect(cluster.node(3).applied).toEqual(["a"])
    expect(status(cluster.node(3).state).head).toEqual(status(cluster.node(1).state).head)
  })

  it("with a witness, what is committed outlives the loss of either data member", () => {
    for (const lost of [1, 2]) {
      const cluster = new Cluster({ members: [voter(1), voter(2), voter(3, { role: "Witness" })] })
      cluster.elect(1)
      cluster.propose(1, "a")
      cluster.deliver()
      cluster.crash(lost)
      cluster.mail = []
      cluster.elect(3 - lost)
      expect(cluster.node(3 - lost).applied).toEqual(["a"])
    }
  })

  it("two data members and a witness go on without one of the former, after as long as an election takes", () => {
    const cluster = new Cluster({ members: [voter(1), voter(2), voter(3, { role: "Witness" })] })
    cluster.elect(1)
    cluster.crash(2)
    cluster.propose(1, "a")
    cluster.pass(900)
    expect(cluster.node(1).applied).toEqual([])
    cluster.pass(300)
    expect(cluster.node(1).applied).toEqual(["a"])
    cluster.propose(1, "b")
    cluster.deliver()
    expect(cluster.node(1).applied).toEqual(["a", "b"])
  })

  it("a data member that has come back is needed again", () => {
    const cluster = new Cluster({ members: [voter(1), voter(2), voter(3, { role: "Witness" })] })
    cluster.elect(1)
    cluster.crash(2)
    cluster.propose(1, "a")
    cluster.pass(1300)
    cluster.restart(2)
    cluster.pass(200)
    expect(cluster.node(2).applied).toEqual(["a"])
    cluster.isolate(2)
    cluster.propose(1, "b")
    cluster.deliver()
    expect(cluster.node(1).applied).toEqual(["a"])
    expect(cluster.node(3).disk.blocks.at(-1)?.id).toEqual(cluster.node(2).state.tree.head.block.id)
  })

  it("one with data that gets a snapshot is waited for once it has that", () => {
    const members = [voter(1), voter(2), voter(3, { role: "Witness" })]
    const cluster = new Cluster({ members }, { keepBlocks: 0 })
    cluster.elect(1)
    cluster.crash(2)
    cluster.propose(1, "a")
    cluster.pass(1300)
    cluster.step(1, { _tag: "TakeSnapshotNow" })
    cluster.snapshots = false
    cluster.restart(2)
    cluster.pass(500)
    cluster.propose(1, "b")
    cluster.pass(200)
    expect(cluster.node(1).applied).toEqual(["a", "b"])
    cluster.snapshots = true
    for (const { id: node, outputs } of cluster.nodes.values()) {
      for (const output of outputs.splice(0)) {
        if (output._tag !== "ReadSnapshot") continue
        cluster.step(node, { _tag: "SnapshotRead", request: output.request, bytes: cluster.node(1).kept })
      }
    }
    cluster.until(() => cluster.node(2).applied.length === 2)
    cluster.isolate(2)
    cluster.propose(1, "c")
    cluster.deliver()
    expect(cluster.node(1).applied).toEqual(["a", "b"])
  })

  it("who lacks what was committed without it is not elected", () => {
    const cluster = new Cluster({ members: [voter(1), voter(2), voter(3, { role: "Witness" })] })
    cluster.elect(1)
    cluster.crash(2)
    cluster.propose(1, "a")
    cluster.pass(1300)
    cluster.crash(1)
    cluster.mail = []
    cluster.restart(2)
    cluster.pass(10_000)
    expect(cluster.leader()).toBe(0)
    cluster.restart(1)
    cluster.until(() => cluster.node(2).applied.length === 1)
    expect(cluster.node(2).applied).toEqual(["a"])
  })

  it("five members of which two are witnesses go on with one data member of three", () => {
    const members = [1, 2, 3].map((each) => voter(each))
    const witnesses = [4, 5].map((each) => voter(each, { role: "Witness" }))
    const cluster = new Cluster({ members: [...members, ...witnesses] })
    cluster.elect(1)
    cluster.crash(2)
    cluster.crash(3)
    cluster.propose(1, "a")
    cluster.pass(1300)
    expect(cluster.node(1).applied).toEqual(["a"])
  })

  it("followers learn the marker without waiting for a heartbeat", () => {
    const cluster = three()
    cluster.propose(1, "a")
    cluster.deliver()
    expect(cluster.node(2).applied).toEqual(["a"])
    expect(cluster.node(3).applied).toEqual(["a"])
  })
})
