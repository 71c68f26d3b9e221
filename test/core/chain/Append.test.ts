import { describe, expect, it } from "vitest"
import { genesis, heldBlocks, type Message, status } from "../../../core/chain/index.ts"
import { append, id, path, sent, verified } from "./Blocks.ts"
import { Cluster, type Letter, said, voters } from "./Cluster.ts"

const three = (): Cluster => new Cluster(voters(1, 2, 3))

describe("Append", () => {
  it("a follower acknowledges blocks once they are on its disk", () => {
    const cluster = three()
    cluster.node(2).syncs = false
    expect(sent(cluster.receive(1, 2, append(1, path(genesis, [1, 1]))))).toEqual([])
    expect(cluster.node(2).writes).toMatchObject([{ term: 1, vote: 0, blocks: [{}, {}] }])
    expect(verified(cluster.sync(2))).toEqual([id(1, 2)])
  })

  it("a repeated message is acknowledged again, once what it names is on the disk, and nothing is written twice", () => {
    const cluster = three()
    cluster.node(2).syncs = false
    const message = append(1, path(genesis, [1]))
    cluster.receive(1, 2, message)
    expect(sent(cluster.receive(1, 2, message))).toEqual([])
    expect(cluster.node(2).writes.length).toBe(1)
    expect(verified(cluster.sync(2))).toEqual([id(1, 1), id(1, 1)])
    expect(verified(cluster.receive(1, 2, message))).toEqual([id(1, 1)])
    expect(cluster.node(2).writes).toEqual([])
  })

  it("a follower acknowledges the last block of the message, never its head", () => {
    const cluster = three()
    cluster.receive(3, 2, append(1, path(genesis, [1, 1, 1, 1])))
    expect(verified(cluster.receive(1, 2, append(2, path(id(1, 1), [2]))))).toEqual([id(2, 2)])
    expect(verified(cluster.receive(1, 2, append(2, path(genesis, [1]))))).toEqual([id(1, 1)])
    expect(status(cluster.node(2).state).head).toEqual(id(2, 2))
  })

  it("an old message after newer ones changes nothing", () => {
    const cluster = three()
    const blocks = path(genesis, [1, 1, 1])
    cluster.receive(1, 2, append(1, blocks, genesis, id(1, 3)))
    const before = cluster.node(2).disk.blocks
    expect(verified(cluster.receive(1, 2, append(1, blocks.slice(0, 1))))).toEqual([id(1, 1)])
    expect(status(cluster.node(2).state)).toMatchObject({ head: id(1, 3), commit: id(1, 3) })
    expect(cluster.node(2).disk.blocks).toBe(before)
  })

  it("a follower that does not know the parent says up to where it has committed", () => {
    const cluster = three()
    cluster.receive(1, 2, append(1, path(genesis, [1, 1]), genesis, id(1, 2)))
    expect(sent(cluster.receive(1, 2, append(1, path(id(1, 7), [1]), id(1, 7), id(1, 2), 5)))).toEqual([
      { _tag: "AppendReply", term: 1, round: 5, verified: undefined, commit: id(1, 2) }
    ])
  })

  it("old blocks that come in pieces do not raise the head above what is committed elsewhere", () => {
    const cluster = three()
    cluster.receive(1, 2, append(5, path(genesis, [1, 1])))
    expect(status(cluster.node(2).state)).toMatchObject({ term: 5, head: id(1, 2) })
    cluster.receive(3, 1, append(4, path(genesis, [1, 1, 1, 4])))
    expect(sent(cluster.receive(2, 1, { _tag: "Vote", term: 6, head: id(1, 2), transfer: true }))).toMatchObject([
      { _tag: "VoteReply", granted: false }
    ])
  })

  it("a block of a lower term does not become the head, although it is further from genesis", () => {
    const cluster = three()
    cluster.receive(1, 2, append(3, path(genesis, [1, 3])))
    cluster.receive(1, 2, append(3, path(id(1, 1), [1, 1, 1, 1])))
    expect(status(cluster.node(2).state).head).toEqual(id(3, 2))
  })

  it("blocks that are no path are neither stored nor acknowledged", () => {
    const cluster = three()
    const [first, , third] = path(genesis, [1, 1, 1])
    if (first === undefined || third === undefined) throw new Error("There are three.")
    expect(sent(cluster.receive(1, 2, append(1, [first, third])))).toEqual([])
    expect(status(cluster.node(2).state).head).toEqual(id(1, 1))
  })

  it("a message of an earlier term is answered with the term, and changes nothing else", () => {
    const cluster = three()
    cluster.receive(1, 2, append(4, path(genesis, [4])))
    expect(sent(cluster.receive(3, 2, append(3, path(genesis, [3]))))).toMatchObject([
      { _tag: "AppendReply", term: 4, verified: undefined }
    ])
    expect(status(cluster.node(2).state)).toMatchObject({ term: 4, leader: 1, head: id(4, 1) })
  })

  it("a candidate that hears the leader of its term follows it", () => {
    const cluster = three()
    cluster.timeOut(2)
    cluster.deliver(({ message }) => message._tag !== "Vote")
    expect(status(cluster.node(2).state)).toMatchObject({ role: "Candidate", term: 1 })
    cluster.receive(1, 2, append(1, path(genesis, [1])))
    expect(status(cluster.node(2).state)).toMatchObject({ role: "Follower", term: 1, leader: 1, vote: 2 })
  })

  it("a marker is adopted as soon as its block is there, and applied in order", () => {
    const cluster = three()
    const blocks = path(genesis, [1, 1, 1], ["a", "b", "c"])
    cluster.receive(1, 2, append(1, [], genesis, id(1, 2)))
    expect(cluster.node(2).applied).toEqual([])
    cluster.receive(1, 2, append(1, blocks, genesis, id(1, 2)))
    expect(cluster.node(2).applied).toEqual(["a", "b"])
    cluster.receive(1, 2, append(1, [], id(1, 1), id(1, 3)))
    expect(cluster.node(2).applied).toEqual(["a", "b", "c"])
  })

  it("a message without blocks is answered at once with the last block in front that is on the disk", () => {
    const cluster = three()
    cluster.receive(1, 2, append(1, path(genesis, [1])))
    cluster.node(2).syncs = false
    cluster.receive(1, 2, append(1, path(id(1, 1), [1, 1])))
    expect(verified(cluster.receive(1, 2, append(1, [], id(1, 3))))).toEqual([id(1, 1)])
  })

  it("branches that can never be committed are forgotten when the marker passes them", () => {
    const cluster = three()
    cluster.receive(3, 2, append(1, path(genesis, [1, 1, 1])))
    cluster.receive(1, 2, append(2, path(genesis, [2, 2, 2, 2], ["a", "b", "c", "d"])))
    expect(heldBlocks(cluster.node(2).state).length).toBe(8)
    cluster.receive(1, 2, append(2, [], id(2, 4), id(2, 1)))
    expect(heldBlocks(cluster.node(2).state).map(({ block }) => block.id)).toEqual([
      genesis,
      id(2, 1),
      id(2, 2),
      id(2, 3),
      id(2, 4)
    ])
  })

  it("a dead block that comes late is not taken again", () => {
    const cluster = three()
    const dead = path(genesis, [1, 1])
    cluster.receive(1, 2, append(2, path(genesis, [2, 2]), genesis, id(2, 2)))
    cluster.receive(1, 2, append(2, dead))
    expect(heldBlocks(cluster.node(2).state).length).toBe(3)
  })

  it("a leader finds out at once where a long divergent branch begins", () => {
    const cluster = three()
    cluster.elect(1)
    cluster.isolate(1)
    for (let at = 0; at < 100; at++) cluster.propose(1, `lost ${at}`)
    cluster.deliver()
    cluster.elect(2)
    cluster.propose(2, "kept")
    cluster.deliver()
    cluster.isolate(1, false)
    cluster.wait(2, 100)
    let rounds = 0
    while (cluster.node(1).applied.length === 0 && rounds < 20) {
      rounds++
      for (const { from, message, to } of cluster.take()) cluster.receive(from, to, message)
    }
    expect(cluster.node(1).applied).toEqual(["kept"])
    expect(rounds).toBeLessThanOrEqual(3)
  })

  it("a whole window that is lost is sent again after the next heartbeat", () => {
    const cluster = new Cluster(voters(1, 2, 3), { windowBlocks: 4, maxBlockBytes: 1 })
    cluster.elect(1)
    cluster.isolate(3)
    for (let at = 0; at < 8; at++) cluster.propose(1, "x")
    cluster.deliver()
    expect(cluster.node(3).applied).toEqual([])
    cluster.isolate(3, false)
    cluster.pass(110)
    expect(cluster.node(3).applied.length).toBe(8)
  })

  it("a follower that has the parent of a probe goes on behind it, although its disk is far behind", () => {
    const cluster = new Cluster(voters(1, 2, 3), { keepBlocks: 0 })
    cluster.elect(1)
    for (let at = 0; at < 5; at++) {
      cluster.propose(1, "x")
      cluster.deliver()
    }
    cluster.step(1, { _tag: "TakeSnapshotNow" })
    const { term } = cluster.node(1).state
    const lost = { _tag: "AppendReply", term, round: 1e6, verified: undefined, commit: id(1, 6) } as const
    cluster.receive(3, 1, lost)
    cluster.mail = []
    cluster.receive(3, 1, { _tag: "AppendReply", term, round: 1e6, verified: id(1, 2), commit: id(1, 6) })
    expect(status(cluster.node(1).state)).toMatchObject({
      base: id(1, 6),
      progress: [{}, { mode: "Replicate", next: 7 }]
    })
    cluster.propose(1, "y")
    cluster.deliver()
    expect(cluster.node(3).applied.length).toBe(6)
  })

  it("a follower that answers later than the next heartbeat is brought up to date all the same", () => {
    const cluster = new Cluster(voters(1, 2, 3, 4, 5))
    cluster.elect(1)
    cluster.isolate(5)
    for (let at = 0; at < 5; at++) cluster.propose(1, "x")
    cluster.deliver()
    cluster.crash(1)
    cluster.elect(2)
    cluster.isolate(5, false)
    const slow: Array<{ readonly at: number; readonly letter: Letter }> = []
    for (let gone = 0; gone < 2000; gone += 50) {
      cluster.wait(2, 50)
      cluster.deliver(({ from, to }) => from !== 5 && to !== 5)
      for (const letter of cluster.take()) slow.push({ at: cluster.now + 150, letter })
      while (slow[0] !== undefined && slow[0].at <= cluster.now) {
        const { from, message, to } = slow.shift()!.letter
        cluster.receive(from, to, message)
      }
    }
    expect(cluster.node(5).applied.length).toBe(5)
  })

  it("no more blocks than the window are on their way to one follower", () => {
    const cluster = new Cluster(voters(1, 2, 3), { windowBlocks: 4, maxBlockBytes: 1 })
    cluster.elect(1)
    for (let at = 0; at < 10; at++) cluster.propose(1, "x")
    const blocks = cluster
      .take(({ to }) => to === 2)
      .flatMap(({ message }) => (message._tag === "Append" ? message.blocks : []))
    expect(blocks.flatMap(said)).toEqual(["x", "x", "x", "x"])
  })

  it("no more bytes than the window are on their way to one follower, but for one message", () => {
    const cluster = new Cluster(voters(1, 2, 3), { windowBytes: 10, maxBlockBytes: 4 })
    cluster.elect(1)
    for (let at = 0; at < 10; at++) cluster.propose(1, "xxxx")
    const blocks = cluster
      .take(({ to }) => to === 2)
      .flatMap(({ message }) => (message._tag === "Append" ? message.blocks : []))
    expect(blocks.length).toBe(3)
    cluster.mail = []
    cluster.pass(300)
    expect(cluster.node(2).applied.length).toBe(10)
  })

  it("no more blocks without bytes travel in one message than a block may have commands", () => {
    const cluster = new Cluster(voters(1, 2, 3), { maxBlockCommands: 3 })
    cluster.elect(1)
    cluster.isolate(3)
    for (let at = 0; at < 8; at++) {
      cluster.propose(1, "")
      cluster.deliver()
    }
    cluster.isolate(3, false)
    const most: Array<number> = []
    for (let beats = 0; beats < 5; beats++) {
      cluster.wait(1, 100)
      cluster.deliver((letter) => {
        if (letter.to === 3 && letter.message._tag === "Append") most.push(letter.message.blocks.length)
        return true
      })
    }
    expect(cluster.node(3).applied.length).toBe(8)
    expect(Math.max(...most)).toBe(3)
  })

  it.each(["Append", "Snapshot"] as const)("a leader that hears another leader of its term in an %s stops", (kind) => {
    const cluster = three()
    cluster.elect(1)
    const { term } = status(cluster.node(1).state)
    const snapshot = { block: id(1, 9), position: 9, configuration: voters(1, 2, 3) }
    const message: Message =
      kind === "Append"
        ? append(term, path(genesis, [term, term, term]))
        : { _tag: "Snapshot", term, round: 1, snapshot, size: 1, offset: 0, bytes: new Uint8Array(1) }
    const outputs = cluster.receive(2, 1, message)
    expect(outputs).toMatchObject([{ _tag: "Stopped", detail: expect.stringContaining("node 2 leads term 1 as well") }])
    expect(cluster.receive(2, 1, message)).toEqual([])
  })

  it("many small blocks travel in one message", () => {
    const cluster = three()
    cluster.elect(1)
    cluster.isolate(3)
    for (let at = 0; at < 50; at++) {
      cluster.propose(1, "x")
      cluster.deliver()
    }
    cluster.pass(1100)
    cluster.isolate(3, false)
    cluster.wait(1, 100)
    cluster.deliver(({ to }) => to !== 3)
    const inquiries = cluster.take()
    for (const { from, message, to } of inquiries) cluster.receive(from, to, message)
    const [reply] = cluster.take()
    if (reply === undefined) throw new Error("Node 3 has not answered.")
    expect(sent(cluster.receive(reply.from, reply.to, reply.message))).toMatchObject([{ _tag: "Append" }])
    cluster.deliver()
    expect(cluster.node(3).applied.length).toBe(50)
  })
})
