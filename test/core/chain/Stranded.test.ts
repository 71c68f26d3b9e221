import { describe, expect, it } from "vitest"
import type { ChainSettings } from "../../../core/chain/index.ts"
import { Cluster, text, voters } from "./Cluster.ts"

const superseded = [{ _tag: "Refused", reason: "Superseded" }]
const unknown = [{ _tag: "Unknown" }]

const led = (settings: Partial<ChainSettings> = {}): Cluster => {
  const cluster = new Cluster(voters(1, 2, 3), settings)
  cluster.elect(1)
  return cluster
}

/** Node 2 is asked, and what it sends to the leader is lost. */
const lost = (cluster: Cluster, word: string): number => {
  const request = cluster.propose(2, word)
  if (cluster.take(({ message }) => message._tag === "Forward").length !== 1) throw new Error("Nothing was forwarded.")
  return request
}

/** Node 2 is asked, and its commands are committed without its being told in which block. */
const untold = (cluster: Cluster, word: string): number => {
  const request = cluster.propose(2, word)
  cluster.deliver(({ message }) => message._tag === "Forward")
  if (cluster.take(({ message }) => message._tag === "Forwarded").length !== 1) throw new Error("Nothing was answered.")
  cluster.deliver()
  return request
}

describe("a proposal that was sent to a leader, which has said nothing of it", () => {
  it("waits as long as nothing of a later term is committed", () => {
    const cluster = led()
    const request = lost(cluster, "a")
    cluster.propose(1, "b")
    cluster.pass(500)
    cluster.crash(1)
    cluster.timeOut(3)
    cluster.deliver(({ message }) => message._tag !== "Append")
    expect(cluster.leader()).toBe(3)
    expect(cluster.answers(2, request)).toEqual([])
  })

  it("is superseded as soon as a later term has committed something, and no block of its term has it", () => {
    const cluster = led()
    cluster.propose(1, "a")
    cluster.deliver()
    const request = lost(cluster, "a")
    cluster.propose(1, "b")
    cluster.deliver()
    cluster.crash(1)
    cluster.elect(3)
    expect(cluster.answers(2, request)).toMatchObject(superseded)
    cluster.propose(2, "c")
    cluster.deliver()
    expect(cluster.node(3).applied).toEqual(["a", "b", "c"])
  })

  it("is superseded also where its node leads then", () => {
    const cluster = led()
    const request = lost(cluster, "a")
    cluster.crash(1)
    cluster.elect(2)
    expect(cluster.answers(2, request)).toMatchObject(superseded)
  })

  it("is not known at once when a block of its term has the same commands", () => {
    const cluster = led()
    const mine = untold(cluster, "a")
    const others = lost(cluster, "b")
    cluster.propose(3, "b")
    cluster.deliver()
    cluster.crash(1)
    cluster.elect(3)
    expect(cluster.node(2).applied).toEqual(["a", "b"])
    expect(cluster.answers(2, mine)).toMatchObject(unknown)
    expect(cluster.answers(2, others)).toMatchObject(unknown)
  })

  it("is found among others that share its block, and only all together and in order", () => {
    const cluster = led()
    cluster.node(1).syncs = false
    cluster.propose(1, "first")
    cluster.propose(1, "x", "a", "b", "y", "c")
    cluster.sync(1)
    cluster.sync(1)
    cluster.node(1).syncs = true
    const ask = (...words: ReadonlyArray<string>): number => {
      const request = cluster.propose(2, ...words)
      cluster.take(({ message }) => message._tag === "Forward")
      return request
    }
    const [there, torn, turned, longer] = [ask("a", "b"), ask("a", "y"), ask("b", "a"), ask("y", "c", "d")]
    cluster.deliver()
    cluster.crash(1)
    cluster.elect(3)
    expect(cluster.answers(2, there)).toMatchObject(unknown)
    for (const request of [torn, turned, longer]) expect(cluster.answers(2, request)).toMatchObject(superseded)
  })

  it("is told from the same bytes in another session, or under another number", () => {
    const cluster = led()
    const ask = (node: number, session: number, sequence: number): number => {
      const request = ++cluster.ids
      const commands = [{ session, sequence, payload: text("a") }]
      cluster.step(node, { _tag: "Propose", id: request, commands, deadline: Number.MAX_SAFE_INTEGER })
      return request
    }
    const requests = [ask(2, 7, 2), ask(2, 8, 1), ask(2, 7, 1)]
    cluster.take(({ message }) => message._tag === "Forward")
    ask(1, 7, 1)
    cluster.deliver()
    cluster.crash(1)
    cluster.elect(3)
    expect(requests.map((request) => cluster.answers(2, request))).toMatchObject([superseded, superseded, unknown])
  })

  it("is not known at once when a snapshot has taken the place of blocks that could have it", () => {
    const cluster = led({ keepBlocks: 0, chunkBytes: 8 })
    const request = lost(cluster, "a")
    cluster.isolate(2)
    cluster.propose(1, "b")
    cluster.deliver()
    cluster.transfer(1, 3)
    cluster.deliver()
    cluster.propose(3, "c")
    cluster.deliver()
    for (const id of [1, 3]) cluster.step(id, { _tag: "TakeSnapshotNow" })
    cluster.isolate(2, false)
    cluster.until(() => cluster.node(2).applied.length === 2)
    expect(cluster.node(2).state.kept).toBeDefined()
    expect(cluster.answers(2, request)).toMatchObject(unknown)
  })

  it("is not known when a snapshot of its own term has, and a later term commits something", () => {
    const cluster = led({ keepBlocks: 0, chunkBytes: 8 })
    const request = lost(cluster, "a")
    cluster.isolate(2)
    cluster.propose(1, "b")
    cluster.deliver()
    cluster.step(1, { _tag: "TakeSnapshotNow" })
    cluster.isolate(2, false)
    cluster.until(() => cluster.node(2).applied.length === 1)
    expect(cluster.node(2).state.kept).toBeDefined()
    expect(cluster.answers(2, request)).toEqual([])
    cluster.crash(1)
    cluster.elect(3)
    expect(cluster.answers(2, request)).toMatchObject(unknown)
  })

  it("is not known when the blocks of its term were withheld", () => {
    const cluster = new Cluster(voters(1, 3))
    cluster.add(2)
    cluster.elect(1)
    cluster.change(1, [
      { id: 1, role: "Voter", priority: 0, incarnation: 0 },
      { id: 2, role: "Witness", priority: 0, incarnation: 0 },
      { id: 3, role: "Voter", priority: 0, incarnation: 0 }
    ])
    cluster.pass(500)
    const request = lost(cluster, "a")
    cluster.propose(1, "b")
    cluster.pass(200)
    cluster.crash(1)
    cluster.timeOut(3)
    cluster.pass(2500)
    expect(cluster.node(2).state.commit.block.id.term).toBeGreaterThan(1)
    expect(cluster.answers(2, request)).toMatchObject(unknown)
  })

  it("is not known when more blocks than are looked through were committed since", () => {
    const cluster = led()
    const request = lost(cluster, "a")
    for (let at = 0; at < 1100; at++) cluster.propose(1, "b")
    cluster.deliver()
    cluster.crash(1)
    cluster.elect(3)
    expect(cluster.answers(2, request)).toMatchObject(unknown)
  })

  it("is answered once, whatever comes later", () => {
    const cluster = led()
    const request = cluster.propose(2, "a")
    cluster.deliver(({ message }) => message._tag === "Forward")
    const late = cluster.take(({ message }) => message._tag === "Forwarded")
    cluster.mail = []
    cluster.crash(1)
    cluster.elect(3)
    for (const { message } of late) cluster.receive(1, 2, message)
    cluster.wait(2, 60_000)
    expect(late.length).toBe(1)
    expect(cluster.answers(2, request)).toMatchObject(superseded)
  })
})

describe("a proposal that was said to be in a block", () => {
  it("is superseded as soon as a later term has committed something below that, and the block has not come", () => {
    const cluster = led()
    const requests = ["a", "b", "c"].map((word) => cluster.propose(2, word))
    cluster.deliver(({ message }) => message._tag === "Forward" || message._tag === "Forwarded")
    cluster.mail = []
    cluster.crash(1)
    cluster.elect(3)
    for (const request of requests) expect(cluster.answers(2, request)).toMatchObject(superseded)
  })
})
