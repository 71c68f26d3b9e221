import { describe, expect, it } from "vitest"
import { chain, chainDefaults, genesis, start, status } from "../../../core/chain/index.ts"
import { append, id, path, sent } from "./Blocks.ts"
import { Cluster, text, voters } from "./Cluster.ts"

const settings = { ...chainDefaults, id: 2 }

const empty = { incarnation: 200, initial: voters(1, 2, 3), term: 0, vote: 0, commit: genesis, blocks: [] }

describe("Persistence", () => {
  it("a term, a vote and blocks that come together are one write", () => {
    const cluster = new Cluster(voters(1, 2, 3))
    cluster.node(2).syncs = false
    cluster.receive(3, 2, { _tag: "Vote", term: 1, head: genesis, transfer: false })
    cluster.receive(1, 2, append(4, path(genesis, [4, 4])))
    expect(cluster.node(2).writes).toMatchObject([
      { write: 1, term: 1, vote: 3, blocks: [] },
      { write: 2, term: 4, vote: 0, blocks: [{ id: id(4, 1) }, { id: id(4, 2) }] }
    ])
  })

  it("what was acknowledged is the head after a restart, whatever is committed", () => {
    const cluster = new Cluster(voters(1, 2, 3))
    cluster.receive(1, 2, append(3, path(genesis, [3, 3, 3]), genesis, id(3, 1)))
    cluster.crash(2)
    cluster.restart(2)
    expect(status(cluster.node(2).state)).toMatchObject({ term: 3, head: id(3, 3) })
  })

  it("what was not on the disk is gone after a restart", () => {
    const cluster = new Cluster(voters(1, 2, 3))
    cluster.receive(1, 2, append(3, path(genesis, [3])))
    cluster.node(2).syncs = false
    cluster.receive(1, 2, append(3, path(id(3, 1), [3])))
    cluster.crash(2)
    cluster.restart(2)
    expect(status(cluster.node(2).state).head).toEqual(id(3, 1))
  })

  it("the first step applies what lies up to the marker that was written", () => {
    const blocks = path(genesis, [1, 1, 1], ["a", "b", "c"])
    const state = start(settings, { ...empty, term: 1, commit: id(1, 2), blocks }, 1)
    const [, outputs] = chain.step(state, { _tag: "Tick", now: 5 })
    expect(outputs.map((output) => (output._tag === "Committed" ? output.block.id : output._tag))).toEqual([
      id(1, 1),
      id(1, 2),
      "Status"
    ])
  })

  it("after a restart the head is the greatest block of all branches", () => {
    const blocks = [...path(genesis, [1, 1, 1]), ...path(id(1, 1), [2])]
    const state = start(settings, { ...empty, term: 2, blocks }, 1)
    expect(status(state).head).toEqual(id(2, 2))
  })

  it("blocks below a snapshot, and branches that ended there, are passed over at a restart", () => {
    const blocks = [...path(genesis, [1, 1, 2, 2]), ...path(id(1, 1), [1, 1])]
    const snapshot = { block: id(2, 3), position: 7, configuration: voters(1, 2), size: 3 }
    const state = start(settings, { ...empty, term: 2, blocks, snapshot }, 1)
    expect(status(state)).toMatchObject({ base: id(2, 3), head: id(2, 4), configuration: voters(1, 2) })
  })

  it("a snapshot of a later term than the last ballot raises the term", () => {
    const snapshot = { block: id(9, 30), position: 7, configuration: voters(1, 2, 3), size: 3 }
    const state = start(settings, { ...empty, term: 2, vote: 3, snapshot }, 1)
    expect(status(state)).toMatchObject({ term: 9, vote: 0 })
  })

  it("a failed write stops the node for good: it says nothing any more, and answers all that waits", () => {
    const cluster = new Cluster(voters(1, 2, 3))
    cluster.elect(1)
    cluster.node(1).syncs = false
    const placed = cluster.propose(1, "a")
    const waiting = cluster.propose(1, "b")
    const reading = cluster.read(1)
    cluster.mail = []
    const [write] = cluster.node(1).writes
    if (write === undefined) throw new Error("Nothing is written.")
    const outputs = cluster.step(1, { _tag: "PersistFailed", write: write.write, detail: "EIO" })
    expect(outputs.map((output) => ("id" in output ? [output._tag, output.id] : output._tag))).toEqual([
      "Stopped",
      ["Unknown", placed],
      ["Refused", waiting],
      ["Refused", reading]
    ])
    expect(cluster.step(1, { _tag: "Persisted", write: write.write })).toEqual([])
    expect(cluster.receive(2, 1, { _tag: "PreVote", term: 9, head: genesis })).toEqual([])
    expect(chain.wakeAt(cluster.node(1).state)).toBeUndefined()
    const late = cluster.propose(1, "c")
    expect(cluster.answers(1, late)).toMatchObject([{ _tag: "Refused", reason: "Stopped" }])
  })

  it("a later term is told to nobody before it is on the disk", () => {
    const cluster = new Cluster(voters(1, 2, 3))
    cluster.node(2).syncs = false
    expect(sent(cluster.receive(1, 2, append(4, [])))).toEqual([])
    expect(sent(cluster.receive(3, 2, append(3, [])))).toEqual([])
    expect(sent(cluster.sync(2))).toMatchObject([
      { _tag: "AppendReply", term: 4 },
      { _tag: "AppendReply", term: 4 }
    ])
  })

  it("the same inputs from the same start give the same outputs", () => {
    const run = (): string => {
      const cluster = new Cluster(voters(1, 2, 3))
      cluster.until(() => cluster.leader() !== 0)
      cluster.propose(cluster.leader(), "a")
      cluster.pass(500)
      return JSON.stringify([...cluster.nodes.values()].map(({ outputs }) => outputs))
    }
    expect(run()).toBe(run())
  })

  it("the state is plain data: a copy of it goes on in the same way", () => {
    const cluster = new Cluster(voters(1, 2, 3))
    cluster.elect(1)
    const copy = structuredClone(cluster.node(1).state)
    const command = { session: 0, sequence: 0, payload: text("a") }
    const input = { _tag: "Propose", id: 1, commands: [command], deadline: 1e6 } as const
    expect(chain.step(copy, input)[1]).toEqual(chain.step(cluster.node(1).state, input)[1])
  })
})
