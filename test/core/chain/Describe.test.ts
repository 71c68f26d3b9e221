import { describe as suite, expect, it } from "vitest"
import type { Block, BlockId, Body } from "../../../core/chain/Block.ts"
import { genesis } from "../../../core/chain/Block.ts"
import { addBlock, findBlock } from "../../../core/chain/BlockTree.ts"
import { chainDefaults } from "../../../core/chain/ChainSettings.ts"
import type { ChainState, Incoming, Leadership } from "../../../core/chain/ChainState.ts"
import type { Configuration } from "../../../core/chain/Configuration.ts"
import { describe, showConfiguration } from "../../../core/chain/Describe.ts"
import { makeProgress } from "../../../core/chain/Progress.ts"
import { start } from "../../../core/chain/Start.ts"
import { above } from "./codec/Arbitraries.ts"
import { member } from "./Configurations.ts"

const heard = (...ids: ReadonlyArray<number>): Configuration => ({ members: ids.map((id) => member(id, "Voter", 9)) })

const opening: Body = { _tag: "Opening" }
const commands = (...sizes: ReadonlyArray<number>): Body => ({
  _tag: "Commands",
  commands: sizes.map((size) => ({ session: 0, sequence: 0, payload: new Uint8Array(size) }))
})

/** Node 1 of three with these blocks, committed up to `commit`. */
const nodeWith = (blocks: ReadonlyArray<Block>, commit: BlockId): ChainState => {
  const durable = { incarnation: 9, initial: heard(1, 2, 3), term: 3, vote: 1, commit, blocks }
  const state = start({ ...chainDefaults, id: 1 }, durable, 1)
  state.commit = findBlock(state.tree, commit)!
  return state
}

/** What is drawn of a leader. */
const leading = (progress: Leadership["progress"]): Leadership => ({ progress }) as Leadership

const b1 = above(genesis, 1, 0, opening)
const b2 = above(b1.id, 1, 0, commands(5, 7))
const b3 = above(b2.id, 3, 2, opening)
const b4 = above(b3.id, 3, 2, commands(7))
const fork2 = above(b1.id, 2, 0, opening)
const fork3 = above(fork2.id, 2, 0, commands(7))

suite("a node of the chain", () => {
  it("is drawn with its members, its peers, and the branches of its blocks", () => {
    const state = nodeWith([b1, b2, fork2, fork3, b3], b3.id)
    addBlock(state.tree, b4, findBlock(state.tree, b3.id)!, 1)
    state.leader = 1
    state.lead = leading([
      { ...makeProgress(2, 5, 0), mode: "Replicate", match: 3, told: 3, inFlight: 7 },
      { ...makeProgress(3, 2, 0), match: 1, probing: true }
    ])
    expect(describe(state)).toBe(
      [
        "node 1 Leader term 3 vote 1 leader 1 head t3.4 commit t3.3 base genesis",
        "members 1 2 3",
        "peer  mode       match  next  told  in flight",
        "2     Replicate  3      5     3     7 B",
        "3     Probe      1      2     0     0 B        waits for an answer",
        "genesis after 0 commands",
        "t1.1 opening",
        "├ t2.2 opening",
        "│ └ t2.3 1 command 7 B",
        "t1.2 2 commands 12 B",
        "t3.3 opening <- commit",
        "t3.4 1 command 7 B <- head, not durable"
      ].join("\n")
    )
  })

  it("shows what is under way", () => {
    const state = nodeWith([b1], genesis)
    state.campaign = { phase: "PreVote", transfer: false, granted: [] }
    state.writes.issued = 2
    state.writes.durable = 1
    state.writes.held = [{ write: 2, to: 2, message: { _tag: "TimeoutNow", term: 3 } }]
    const snapshot = { block: { term: 2, counter: 40 }, position: 90, configuration: heard(1, 2, 3) }
    state.incoming = { snapshot, size: 1000, from: 3, offset: 500 } as Incoming
    expect(describe(state).split("\n").slice(0, 5)).toEqual([
      "node 1 Candidate term 3 vote 1 leader - head t1.1 commit genesis base genesis",
      "members 1 2 3",
      "PreVote granted by nobody",
      "1 write under way, 1 message held back",
      "snapshot of t2.40 from 3, 500 of 1000 B"
    ])
  })

  it("shows what a peer is sent and whether it has caught up", () => {
    const state = nodeWith([b1], genesis)
    const snapshot = { block: b1.id, position: 0, configuration: heard(1) }
    state.lead = leading([
      {
        ...makeProgress(2, 2, 0),
        mode: "Snapshot",
        sending: { snapshot, size: 1000, offset: 500, request: 0, begunAt: 0, waitMs: 100, sentAt: 0 },
        catchUp: { rounds: 1, goal: 1, since: 0, done: false }
      },
      { ...makeProgress(3, 2, 0), catchUp: { rounds: 1, goal: 1, since: 0, done: true } }
    ])
    const lines = describe(state).split("\n")
    expect(lines[3]).toMatch(/t1\.1 500 of 1000 B, catches up, 1 round$/)
    expect(lines[4]).toMatch(/caught up$/)
  })

  it("is drawn with the end of a long path only", () => {
    const blocks: Array<Block> = []
    for (let at = 0; at < 100; at++) blocks.push(above(blocks.at(-1)?.id ?? genesis, 1, at, commands(1)))
    const lines = describe(nodeWith(blocks, genesis), 3).split("\n")
    expect(lines.slice(2)).toEqual([
      "... 98 blocks from genesis on",
      "t1.98 1 command 1 B",
      "t1.99 1 command 1 B",
      "t1.100 1 command 1 B <- head"
    ])
  })

  it("has every branch of a branch, the older name first", () => {
    const f3 = above(fork2.id, 2, 0, opening)
    const f4a = above(f3.id, 2, 0, opening)
    const late = above(fork2.id, 3, 0, opening)
    const later = above(late.id, 3, 0, opening)
    const other = above(b1.id, 4, 0, { _tag: "Withheld", count: 2 })
    expect(
      describe(nodeWith([b1, fork2, late, later, f3, f4a, other, b2], genesis))
        .split("\n")
        .slice(2)
    ).toEqual([
      "genesis after 0 commands <- commit",
      "t1.1 opening",
      "├ t1.2 2 commands 12 B",
      "├ t2.2 opening",
      "│ ├ t2.3 opening",
      "│ │ └ t2.4 opening",
      "│ └ t3.3 opening",
      "│   └ t3.4 opening",
      "t4.2 2 commands withheld <- head"
    ])
  })
})

suite("a configuration", () => {
  it("is a line with the role, the priority, and whether a node was ever heard from", () => {
    const members = [
      member(1, "Voter", 9),
      member(2),
      member(3, "Witness", 9),
      { ...member(4, "Learner"), priority: 5 }
    ]
    expect(showConfiguration({ members })).toBe("1 2? 3w 4l^5?")
    expect(showConfiguration({ members: [], outgoing: members.slice(0, 1) })).toBe("nobody and 1")
  })
})
