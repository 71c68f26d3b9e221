import { describe, expect, it } from "vitest"
import { Cluster, voters } from "./Cluster.ts"

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

  it("a follower hands a proposal to its leader and answers it when it commits it itself", () => {
    const cluster = new Cluster(voters(1, 2, 3))
    cluster.elect(1)
    const request = cluster.propose(2, "a", "b")
    cluster.deliver()
    expect(cluster.answers(2, request)).toMatchObject([{ _tag: "Committed", waiting: [{ index: 0, count: 2 }] }])
  })
})
