import { describe, expect, it } from "vitest"
import type { ChainSettings } from "../../../core/chain/index.ts"
import { append, id, path, sent } from "./Blocks.ts"
import { Cluster, said, text, voters } from "./Cluster.ts"

const led = (settings: Partial<ChainSettings> = {}): Cluster => {
  const cluster = new Cluster(voters(1, 2, 3), settings)
  cluster.elect(1)
  return cluster
}

const propose = (cluster: Cluster, node: number, word: string, deadline: number): number => {
  const request = ++cluster.ids
  const commands = [{ session: 0, sequence: 0, payload: text(word) }]
  cluster.step(node, { _tag: "Propose", id: request, commands, deadline })
  return request
}

describe("Proposals", () => {
  it("one at a time, a proposal is in a block at once", () => {
    const cluster = led()
    cluster.propose(1, "a")
    cluster.propose(1, "b")
    expect(cluster.node(1).disk.blocks.slice(1).map(said)).toEqual([["a"], ["b"]])
  })

  it("while the disk works, proposals gather, and become one block when it is done", () => {
    const cluster = led()
    cluster.node(1).syncs = false
    for (const word of ["a", "b", "c"]) cluster.propose(1, word)
    cluster.sync(1)
    expect(cluster.node(1).writes.flatMap(({ blocks }) => blocks.map(said))).toEqual([["b", "c"]])
  })

  it("a block takes no more than maxBlockBytes, and what was proposed together stays together", () => {
    const cluster = led({ maxBlockBytes: 5 })
    cluster.node(1).syncs = false
    cluster.propose(1, "first")
    cluster.propose(1, "a", "b")
    cluster.propose(1, "c", "ddd")
    cluster.propose(1, "eeeeee", "f")
    cluster.sync(1)
    expect(cluster.node(1).writes.flatMap(({ blocks }) => blocks.map(said))).toEqual([
      ["a", "b"],
      ["c", "ddd"],
      ["eeeeee", "f"]
    ])
  })

  it("a block takes no more than maxBlockCommands, also of commands without bytes", () => {
    const cluster = led({ maxBlockCommands: 2 })
    cluster.node(1).syncs = false
    cluster.propose(1, "first")
    for (let at = 0; at < 5; at++) cluster.propose(1, "")
    cluster.propose(1, "", "", "")
    cluster.sync(1)
    expect(cluster.node(1).writes.flatMap(({ blocks }) => blocks.map((block) => said(block).length))).toEqual([
      2, 2, 1, 3
    ])
  })

  it("each proposal of a block is answered with its place there", () => {
    const cluster = led()
    cluster.node(1).syncs = false
    cluster.propose(1, "first")
    const two = cluster.propose(1, "a", "b")
    const one = cluster.propose(1, "c")
    cluster.sync(1)
    cluster.deliver()
    expect(cluster.answers(1, one)).toMatchObject([
      {
        _tag: "Committed",
        waiting: [
          { id: two, index: 0, count: 2 },
          { id: one, index: 2, count: 1 }
        ]
      }
    ])
  })

  it("what waits for its commit is bounded", () => {
    const cluster = led({ maxUncommittedBytes: 10 })
    cluster.isolate(1)
    cluster.propose(1, "12345678")
    expect(cluster.answers(1, cluster.propose(1, "abc"))).toMatchObject([{ _tag: "Refused", reason: "Overloaded" }])
    cluster.isolate(1, false)
    cluster.pass(110)
    const fits = cluster.propose(1, "abc")
    cluster.deliver()
    expect(cluster.answers(1, fits)).toMatchObject([{ _tag: "Committed" }])
  })

  it("what waits is bounded also where it is empty, at the leader as well as elsewhere", () => {
    const cluster = led({ maxUncommittedBytes: 1 << 20 })
    cluster.isolate(1)
    cluster.node(1).syncs = false
    const ends = (node: number, ask: () => number) => {
      const asked = Array.from({ length: 5000 }, ask)
      return cluster.answers(node, asked[4999] as number)
    }
    expect(ends(1, () => cluster.propose(1, ""))).toMatchObject([{ _tag: "Refused", reason: "Overloaded" }])
    cluster.isolate(2)
    expect(ends(2, () => cluster.propose(2, ""))).toMatchObject([{ _tag: "Refused", reason: "Overloaded" }])
  })

  it("what a node keeps for a leader to come is bounded too", () => {
    const cluster = new Cluster(voters(1, 2, 3), { maxUncommittedBytes: 10 })
    cluster.propose(1, "12345678")
    expect(cluster.answers(1, cluster.propose(1, "abc"))).toMatchObject([{ _tag: "Refused", reason: "Overloaded" }])
  })

  it("a proposal waits for a leader, and is sent to it", () => {
    const cluster = new Cluster(voters(1, 2, 3))
    const request = cluster.propose(2, "a")
    cluster.elect(1)
    cluster.deliver()
    expect(cluster.answers(2, request)).toMatchObject([{ _tag: "Committed", waiting: [{ index: 0, count: 1 }] }])
  })

  it("what a follower keeps outlasts the terms in which nobody leads, and goes to the next leader", () => {
    const cluster = led()
    cluster.crash(1)
    cluster.timeOut(2)
    cluster.mail = []
    const request = cluster.propose(2, "a")
    for (const term of [5, 9]) {
      const head = cluster.node(3).state.tree.head.block.id
      cluster.receive(3, 2, { _tag: "Vote", term, head, transfer: true })
      expect(cluster.take(({ message }) => message._tag === "Forward")).toEqual([])
    }
    cluster.mail = []
    cluster.node(3).state.electionAt = cluster.now
    cluster.until(() => cluster.leader() === 3)
    cluster.until(() => cluster.node(2).applied.length > 0)
    expect(cluster.answers(2, request)).toMatchObject([{ _tag: "Committed" }])
    expect(cluster.node(2).applied).toEqual(["a"])
  })

  it("a follower answers its proposal when it commits it itself", () => {
    const cluster = led()
    const request = cluster.propose(2, "a", "b")
    cluster.deliver()
    expect(cluster.answers(2, request)).toMatchObject([{ _tag: "Committed", waiting: [{ index: 0, count: 2 }] }])
  })

  it("a proposal that comes twice over the network is in one block", () => {
    const cluster = led()
    cluster.propose(2, "a")
    const [letter] = cluster.take()
    if (letter === undefined) throw new Error("Nothing was sent.")
    cluster.receive(2, 1, letter.message)
    cluster.receive(2, 1, letter.message)
    cluster.deliver()
    cluster.receive(2, 1, letter.message)
    cluster.deliver()
    expect(cluster.node(3).applied).toEqual(["a"])
  })

  it("a node that starts again gives its requests other numbers, whatever its clock says", () => {
    const cluster = led()
    const numbers = new Set<number>()
    for (let starts = 0; starts < 20; starts++) {
      cluster.crash(2)
      cluster.restart(2)
      const { term } = cluster.node(1).state
      cluster.receive(1, 2, { _tag: "Append", term, round: 1, parent: id(1, 1), blocks: [], commit: id(1, 1) })
      for (const { message } of cluster.take()) if (message._tag !== "AppendReply") throw new Error("Not expected.")
      cluster.propose(2, "a")
      for (const { message } of cluster.take()) if (message._tag === "Forward") numbers.add(message.request)
    }
    expect(numbers.size).toBe(20)
    for (const number of numbers) expect(Number.isSafeInteger(number)).toBe(true)
  })

  it("a node that starts again is listened to, whatever numbers it gave before", () => {
    const cluster = led()
    for (let starts = 0; starts < 5; starts++) {
      for (let at = 0; at < 1200; at++) cluster.propose(2, "a")
      cluster.deliver()
      cluster.crash(2)
      cluster.restart(2)
      cluster.pass(110)
    }
    expect(cluster.node(1).applied.length).toBe(6000)
  })

  it("a proposal of an earlier start that comes again is not taken again", () => {
    const cluster = led()
    cluster.propose(2, "a")
    const forward = cluster.take().find(({ message }) => message._tag === "Forward")
    if (forward === undefined) throw new Error("Nothing was forwarded.")
    cluster.receive(2, 1, forward.message)
    for (let starts = 0; starts < 2; starts++) {
      cluster.crash(2)
      cluster.restart(2)
      cluster.pass(110)
      cluster.propose(2, "b")
      cluster.deliver()
      cluster.receive(2, 1, forward.message)
      cluster.deliver()
    }
    expect(cluster.node(1).applied).toEqual(["a", "b", "b"])
  })

  it("a proposal is taken in the term in which it was sent, and by nobody else without a word", () => {
    const cluster = led()
    cluster.propose(2, "a")
    const [letter] = cluster.take()
    if (letter === undefined) throw new Error("Nothing was sent.")
    expect(cluster.receive(2, 3, letter.message)).toEqual([])
    cluster.isolate(1)
    cluster.pass(1200)
    cluster.isolate(1, false)
    cluster.elect(1)
    expect(sent(cluster.receive(2, 1, letter.message))).toEqual([])
    cluster.deliver()
    expect(cluster.node(1).applied).toEqual([])
  })

  it("a proposal whose time is up and which is in no block is refused, and will never be in one", () => {
    const cluster = new Cluster(voters(1, 2, 3))
    const request = propose(cluster, 1, "a", cluster.now + 50)
    cluster.wait(1, 49)
    expect(cluster.answers(1, request)).toEqual([])
    cluster.wait(1, 1)
    expect(cluster.answers(1, request)).toMatchObject([{ _tag: "Refused", reason: "NoLeader", leader: 0 }])
    cluster.elect(1)
    expect(cluster.node(1).applied).toEqual([])
  })

  it("a proposal that waits for the leader's disk may still be refused", () => {
    const cluster = led()
    cluster.node(1).syncs = false
    cluster.propose(1, "first")
    const request = propose(cluster, 1, "a", cluster.now + 50)
    cluster.wait(1, 50)
    expect(cluster.answers(1, request)).toMatchObject([{ _tag: "Refused" }])
    cluster.sync(1)
    cluster.deliver()
    expect(cluster.node(1).applied).toEqual(["first"])
  })

  it("of a proposal in a block nobody knows what becomes, once its time is up", () => {
    const cluster = led()
    cluster.isolate(1)
    const request = propose(cluster, 1, "a", cluster.now + 50)
    cluster.wait(1, 50)
    expect(cluster.answers(1, request)).toMatchObject([{ _tag: "Unknown" }])
    cluster.isolate(1, false)
    cluster.pass(200)
    expect(cluster.node(1).applied).toEqual(["a"])
    expect(cluster.answers(1, request).length).toBe(1)
  })

  it("of a proposal that was sent to the leader nobody knows what becomes, once its time is up", () => {
    const cluster = led()
    const request = propose(cluster, 2, "a", cluster.now + 50)
    cluster.mail = []
    cluster.wait(2, 50)
    expect(cluster.answers(2, request)).toMatchObject([{ _tag: "Unknown" }])
  })

  it("a proposal is superseded when another block is committed in its place", () => {
    const cluster = led()
    cluster.isolate(1)
    const request = cluster.propose(1, "lost")
    cluster.elect(2)
    cluster.propose(2, "kept")
    cluster.deliver()
    cluster.isolate(1, false)
    cluster.pass(200)
    expect(cluster.answers(1, request)).toMatchObject([{ _tag: "Refused", reason: "Superseded" }])
    expect(cluster.node(1).applied).toEqual(["kept"])
  })

  it("a follower's proposal is superseded when the block that it was said to be in never came", () => {
    const cluster = led()
    const request = cluster.propose(2, "lost")
    cluster.deliver(({ message }) => message._tag === "Forward" || message._tag === "Forwarded")
    cluster.mail = []
    cluster.crash(1)
    cluster.elect(3)
    expect(cluster.answers(2, request)).toMatchObject([{ _tag: "Refused", reason: "Superseded" }])
  })

  it("a leader that leads no more gives back what is in no block", () => {
    const cluster = led()
    cluster.node(1).syncs = false
    cluster.propose(1, "first")
    const own = cluster.propose(1, "own")
    const request = cluster.propose(2, "theirs")
    cluster.deliver(({ message }) => message._tag === "Forward")
    cluster.mail = []
    cluster.node(1).syncs = true
    cluster.receive(3, 1, append(2, path(id(1, 1), [2])))
    while (cluster.node(1).writes.length > 0) cluster.sync(1)
    cluster.deliver(({ message }) => message._tag === "Forwarded")
    expect(cluster.answers(2, request)).toMatchObject([{ _tag: "Refused", reason: "NoLeader" }])
    expect(cluster.take(({ message }) => message._tag === "Forward")).toMatchObject([{ from: 1, to: 3 }])
    expect(cluster.answers(1, own)).toEqual([])
  })

  it("a proposal whose block is committed here before its place is told is unknown", () => {
    const cluster = led()
    const request = cluster.propose(2, "a")
    cluster.deliver(({ message }) => message._tag !== "Forwarded")
    expect(cluster.node(2).applied).toEqual(["a"])
    cluster.deliver()
    expect(cluster.answers(2, request)).toMatchObject([{ _tag: "Unknown" }])
  })
})
