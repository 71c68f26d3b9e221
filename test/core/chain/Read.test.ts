import { describe, expect, it } from "vitest"
import { id } from "./Blocks.ts"
import { Cluster, type Letter, voters } from "./Cluster.ts"

const led = (leaseDriftPercent?: number): Cluster => {
  const cluster = new Cluster(voters(1, 2, 3), leaseDriftPercent === undefined ? {} : { leaseDriftPercent })
  if (leaseDriftPercent !== undefined) cluster.now += 1000
  for (const node of cluster.nodes.keys()) cluster.wait(node, 0)
  cluster.mail = []
  cluster.elect(1)
  return cluster
}

describe("Read", () => {
  it("a leader answers a read once a quorum has answered what it sent after the read came", () => {
    const cluster = led()
    const request = cluster.read(1)
    expect(cluster.answers(1, request)).toEqual([])
    cluster.deliver(({ from, to }) => from + to === 3)
    expect(cluster.answers(1, request)).toMatchObject([{ _tag: "Ready", block: id(1, 1) }])
  })

  it("an answer to an earlier message does not confirm a read", () => {
    const cluster = led()
    cluster.wait(1, 100)
    const earlier = cluster.take()
    const request = cluster.read(1)
    cluster.mail = []
    for (const { from, message, to } of earlier) cluster.receive(from, to, message)
    cluster.deliver()
    expect(cluster.answers(1, request)).toEqual([])
    cluster.wait(1, 100)
    cluster.deliver()
    expect(cluster.answers(1, request).length).toBe(1)
  })

  it("one round of messages serves all reads that came before it", () => {
    const cluster = led()
    const first = cluster.read(1)
    const later = [cluster.read(1), cluster.read(1), cluster.read(1)]
    expect(cluster.mail.length).toBe(2)
    cluster.deliver()
    for (const request of [first, ...later]) expect(cluster.answers(1, request).length).toBe(1)
  })

  it("reads whose time is up are forgotten, also behind one that has much time left", () => {
    const cluster = new Cluster(voters(1, 2, 3))
    const ask = (deadline: number) => cluster.step(1, { _tag: "Read", id: ++cluster.ids, deadline })
    ask(cluster.now + 1_000_000)
    for (let round = 0; round < 50; round++) {
      for (let at = 0; at < 20; at++) ask(cluster.now + 5)
      cluster.wait(1, 10)
    }
    expect(cluster.node(1).state.reads.length).toBeLessThan(100)
  })

  it("a leader cut off from its quorum answers no read", () => {
    const cluster = led()
    cluster.isolate(1)
    const request = ++cluster.ids
    cluster.step(1, { _tag: "Read", id: request, deadline: cluster.now + 500 })
    cluster.elect(2)
    cluster.propose(2, "newer")
    cluster.deliver()
    cluster.pass(500)
    expect(cluster.answers(1, request)).toMatchObject([{ _tag: "Refused", reason: "NoLeader" }])
  })

  it("a new leader answers no read before it has committed a block of its own term", () => {
    const cluster = new Cluster(voters(1, 2, 3))
    cluster.timeOut(1)
    cluster.deliver(({ message }) => message._tag !== "Append")
    expect(cluster.leader()).toBe(1)
    cluster.mail = []
    const request = cluster.read(1)
    expect(cluster.mail).toEqual([])
    cluster.wait(1, 100)
    cluster.deliver()
    expect(cluster.answers(1, request)).toMatchObject([{ _tag: "Ready", block: id(1, 1) }])
  })

  it("the only voter answers reads at once", () => {
    const cluster = new Cluster(voters(1))
    cluster.elect(1)
    expect(cluster.answers(1, cluster.read(1))).toMatchObject([{ _tag: "Ready" }])
  })

  it("a follower asks the leader, and answers once it has applied as much", () => {
    const cluster = led()
    const soon = ({ message, to }: Letter): boolean =>
      to !== 3 || message._tag !== "Append" || message.blocks.length === 0
    cluster.propose(1, "a")
    cluster.deliver(soon)
    const request = cluster.read(3)
    cluster.deliver(soon)
    expect(cluster.node(1).applied).toEqual(["a"])
    expect(cluster.answers(3, request)).toEqual([])
    cluster.deliver()
    expect(cluster.node(3).applied).toEqual(["a"])
    expect(cluster.answers(3, request)).toMatchObject([{ _tag: "Ready", block: id(1, 2) }])
  })

  it("a follower asks again when the question was lost", () => {
    const cluster = led()
    const request = cluster.read(3)
    cluster.mail = []
    cluster.pass(210)
    expect(cluster.answers(3, request)).toMatchObject([{ _tag: "Ready" }])
  })

  it("a follower asks the next leader when the one that it asked is gone", () => {
    const cluster = led()
    cluster.crash(1)
    const request = cluster.read(3)
    cluster.deliver()
    cluster.elect(2)
    cluster.pass(110)
    expect(cluster.answers(3, request)).toMatchObject([{ _tag: "Ready" }])
  })

  it("an answer to another question counts for nothing", () => {
    const cluster = led()
    const request = cluster.read(3)
    cluster.receive(1, 3, { _tag: "ReadIndexReply", term: 1, request: 1, block: id(1, 1) })
    expect(cluster.answers(3, request)).toEqual([])
  })

  it("a node that leads no more says so, and the reader forgets it", () => {
    const cluster = led()
    const request = cluster.read(3)
    const [letter] = cluster.take()
    if (letter?.message._tag !== "ReadIndex") throw new Error("Nothing was asked.")
    const { request: number } = letter.message
    cluster.receive(1, 3, { _tag: "ReadIndexReply", term: 1, request: number, block: undefined })
    expect(cluster.node(3).state.leader).toBe(0)
    expect(cluster.answers(3, request)).toEqual([])
    cluster.pass(200)
    expect(cluster.answers(3, request)).toMatchObject([{ _tag: "Ready" }])
  })

  it("with a lease, reads are answered without asking anybody", () => {
    const cluster = led(10)
    cluster.mail = []
    expect(cluster.answers(1, cluster.read(1))).toMatchObject([{ _tag: "Ready" }])
    expect(cluster.mail).toEqual([])
  })

  it("a lease ends electionMs less the drift after the round that a quorum answered was sent", () => {
    const cluster = led(10)
    cluster.isolate(1)
    cluster.wait(1, 899)
    expect(cluster.answers(1, cluster.read(1)).length).toBe(1)
    cluster.wait(1, 1)
    expect(cluster.answers(1, cluster.read(1))).toEqual([])
  })

  it("who was once told to take over may be elected at any time, so that there is no lease any more in the term", () => {
    const cluster = led(10)
    cluster.transfer(1, 2)
    cluster.mail = []
    expect(cluster.answers(1, cluster.read(1))).toEqual([])
    cluster.pass(1500)
    expect(cluster.leader()).toBe(1)
    cluster.mail = []
    const request = cluster.read(1)
    expect(cluster.answers(1, request)).toEqual([])
    cluster.deliver()
    expect(cluster.answers(1, request).length).toBe(1)
  })
})
