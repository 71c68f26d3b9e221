import { describe, expect, it } from "vitest"
import { Cluster, voter, voters } from "./Cluster.ts"

const led = (): Cluster => {
  const cluster = new Cluster(voters(1, 2, 3))
  cluster.elect(1)
  return cluster
}

describe("Transfer", () => {
  it("the target leads next, at once and without a pre-vote", () => {
    const cluster = led()
    const request = cluster.transfer(1, 2)
    cluster.deliver(({ message }) => {
      expect(message._tag).not.toBe("PreVote")
      return true
    })
    expect(cluster.leader()).toBe(2)
    expect(cluster.answers(1, request)).toMatchObject([{ _tag: "Changed" }])
  })

  it("the target is told to campaign once it has everything", () => {
    const cluster = led()
    cluster.propose(1, "a")
    cluster.transfer(1, 2)
    expect(cluster.mail.some(({ message }) => message._tag === "TimeoutNow")).toBe(false)
    cluster.deliver()
    expect(cluster.leader()).toBe(2)
    expect(cluster.node(2).applied).toEqual(["a"])
  })

  it("meanwhile nothing is proposed", () => {
    const cluster = led()
    cluster.transfer(1, 2)
    expect(cluster.answers(1, cluster.propose(1, "a"))).toMatchObject([{ _tag: "Refused", reason: "Transferring" }])
    expect(cluster.answers(1, cluster.transfer(1, 3))).toMatchObject([{ _tag: "Refused", reason: "Transferring" }])
    const members = voters(1, 2).members
    expect(cluster.answers(1, cluster.change(1, members))).toMatchObject([{ _tag: "Refused", reason: "Transferring" }])
  })

  it("a transfer to one that cannot be reached is given up after electionMs, and the leader goes on", () => {
    const cluster = led()
    cluster.isolate(2)
    cluster.propose(1, "a")
    const request = cluster.transfer(1, 2)
    cluster.pass(990)
    expect(cluster.answers(1, request)).toEqual([])
    cluster.pass(10)
    expect(cluster.answers(1, request)).toMatchObject([{ _tag: "Refused", reason: "BadChange" }])
    const after = cluster.propose(1, "b")
    cluster.deliver()
    expect(cluster.answers(1, after)).toMatchObject([{ _tag: "Committed" }])
  })

  it("when the target was told and does not lead in time, nobody knows whether it will yet", () => {
    const cluster = led()
    const request = cluster.transfer(1, 2)
    cluster.mail = []
    cluster.pass(1000)
    expect(cluster.answers(1, request)).toMatchObject([{ _tag: "Unknown" }])
  })

  it("only voters take over", () => {
    const cluster = new Cluster({ members: [voter(1), voter(2, { role: "Learner" }), voter(3, { role: "Witness" })] })
    cluster.timeOut(1)
    cluster.deliver()
    expect(cluster.leader()).toBe(1)
    for (const to of [2, 3, 9]) {
      expect(cluster.answers(1, cluster.transfer(1, to))).toMatchObject([{ _tag: "Refused", reason: "BadChange" }])
    }
  })

  it("a leader asked to take over from itself has done so", () => {
    const cluster = led()
    expect(cluster.answers(1, cluster.transfer(1, 1))).toMatchObject([{ _tag: "Changed" }])
  })

  it("a node that does not lead refuses, and says who does", () => {
    const cluster = led()
    expect(cluster.answers(2, cluster.transfer(2, 3))).toMatchObject([
      { _tag: "Refused", reason: "NoLeader", leader: 1 }
    ])
  })

  it("a node ignores the word to campaign from one that it does not follow", () => {
    const cluster = led()
    expect(cluster.receive(3, 2, { _tag: "TimeoutNow", term: 1 })).toEqual([])
  })

  it("the voter that is preferred leads in the end, when it has everything and was there for electionMs", () => {
    const cluster = new Cluster({ members: [voter(1), voter(2, { priority: 5 }), voter(3, { priority: 1 })] })
    cluster.elect(1)
    cluster.pass(900)
    expect(cluster.leader()).toBe(1)
    cluster.pass(400)
    expect(cluster.leader()).toBe(2)
    cluster.pass(5000)
    expect(cluster.leader()).toBe(2)
  })

  it("a preferred voter that is away does not stop the others from leading", () => {
    const cluster = new Cluster({ members: [voter(1), voter(2, { priority: 5 }), voter(3)] })
    cluster.crash(2)
    cluster.until(() => cluster.leader() !== 0)
    const leader = cluster.leader()
    cluster.pass(5000)
    expect(cluster.leader()).toBe(leader)
  })
})
