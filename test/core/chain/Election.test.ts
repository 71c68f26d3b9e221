import { describe, expect, it } from "vitest"
import { type BlockId, genesis, type Message } from "../../../core/chain/index.ts"
import { Cluster, voter, voters } from "./Cluster.ts"

const head = (term: number, counter: number): BlockId => ({ term, counter })

const sends = (outputs: ReadonlyArray<{ readonly _tag: string }>) => outputs.filter(({ _tag }) => _tag === "Send")

const vote = (term: number, of: BlockId, transfer = false): Message => ({ _tag: "Vote", term, head: of, transfer })

describe("Election", () => {
  it("a node that hears nobody asks whether it would be elected, and its term stays", () => {
    const cluster = new Cluster(voters(1, 2, 3))
    const outputs = cluster.timeOut(1)
    expect(sends(outputs)).toMatchObject([
      { to: 2, message: { _tag: "PreVote", term: 1 } },
      { to: 3, message: { _tag: "PreVote", term: 1 } }
    ])
    expect(cluster.node(1).state.term).toBe(0)
  })

  it("the time-out is drawn anew each time, between electionMs and electionMs + spreadMs", () => {
    const cluster = new Cluster(voters(1, 2, 3))
    const drawn = new Set<number>()
    for (let round = 0; round < 50; round++) {
      cluster.timeOut(1)
      drawn.add(cluster.node(1).state.electionAt - cluster.now)
    }
    expect(drawn.size).toBeGreaterThan(40)
    expect(Math.min(...drawn)).toBeGreaterThanOrEqual(1000)
    expect(Math.max(...drawn)).toBeLessThanOrEqual(2000)
  })

  it("granting a pre-vote changes nothing", () => {
    const cluster = new Cluster(voters(1, 2, 3))
    cluster.timeOut(1)
    const before = structuredClone(cluster.node(2).state)
    const granted = cluster.receive(1, 2, { _tag: "PreVote", term: 1, head: genesis })
    expect(granted).toEqual([{ _tag: "Send", to: 1, message: { _tag: "PreVoteReply", term: 0, granted: true } }])
    expect(cluster.node(2).state).toEqual(before)
  })

  it("votes are asked for once the own term and vote are durable", () => {
    const cluster = new Cluster(voters(1, 2, 3))
    cluster.node(1).syncs = false
    cluster.timeOut(1)
    cluster.deliver()
    expect(cluster.node(1).writes).toMatchObject([{ term: 1, vote: 1 }])
    expect(cluster.mail).toEqual([])
    expect(sends(cluster.sync(1))).toMatchObject([
      { to: 2, message: { _tag: "Vote", term: 1 } },
      { to: 3, message: { _tag: "Vote", term: 1 } }
    ])
  })

  it("the own vote counts once it is durable", () => {
    const cluster = new Cluster(voters(1))
    cluster.node(1).syncs = false
    cluster.timeOut(1)
    expect(cluster.leader()).toBe(0)
    cluster.sync(1)
    expect(cluster.leader()).toBe(1)
  })

  it("a vote leaves once it is durable", () => {
    const cluster = new Cluster(voters(1, 2, 3))
    cluster.node(2).syncs = false
    expect(sends(cluster.receive(1, 2, vote(1, genesis)))).toEqual([])
    expect(sends(cluster.sync(2))).toMatchObject([{ to: 1, message: { _tag: "VoteReply", term: 1, granted: true } }])
  })

  it("a node votes for one candidate in a term, also after a restart", () => {
    const cluster = new Cluster(voters(1, 2, 3))
    cluster.receive(1, 2, vote(1, genesis))
    cluster.crash(2)
    cluster.restart(2)
    expect(sends(cluster.receive(3, 2, vote(1, head(1, 9))))).toMatchObject([{ message: { granted: false } }])
    expect(sends(cluster.receive(1, 2, vote(1, genesis)))).toMatchObject([{ message: { granted: true } }])
  })

  it("a candidate whose head is below the voter's is refused, and a later term is above a longer chain", () => {
    const cluster = new Cluster(voters(1, 2, 3))
    cluster.elect(1)
    cluster.propose(1, "a")
    cluster.deliver()
    const { term, counter } = cluster.node(2).state.tree.head.block.id
    cluster.timeOut(3)
    const ask = (of: BlockId) => sends(cluster.receive(3, 2, vote(cluster.node(2).state.term + 1, of)))
    expect(ask(head(term, counter - 1))).toMatchObject([{ message: { granted: false } }])
    expect(ask(head(term + 1, counter - 1))).toMatchObject([{ message: { granted: true } }])
  })

  it("nobody is voted for while a leader was heard within electionMs, and the term stays", () => {
    const cluster = new Cluster(voters(1, 2, 3))
    cluster.elect(1)
    expect(sends(cluster.receive(3, 2, { _tag: "PreVote", term: 2, head: head(1, 99) }))).toMatchObject([
      { message: { granted: false } }
    ])
    expect(sends(cluster.receive(3, 2, vote(7, head(1, 99))))).toMatchObject([{ message: { granted: false, term: 1 } }])
    expect(sends(cluster.receive(3, 1, vote(7, head(1, 99))))).toMatchObject([{ message: { granted: false, term: 1 } }])
  })

  it("a candidate that the leader itself asked to campaign is voted for at once", () => {
    const cluster = new Cluster(voters(1, 2, 3))
    cluster.elect(1)
    expect(sends(cluster.receive(3, 2, vote(2, head(1, 99), true)))).toMatchObject([{ message: { granted: true } }])
  })

  it("the former leader is voted for at once, since it leads no more", () => {
    const cluster = new Cluster(voters(1, 2, 3))
    cluster.elect(1)
    expect(sends(cluster.receive(1, 2, { _tag: "PreVote", term: 2, head: head(1, 99) }))).toMatchObject([
      { message: { granted: true } }
    ])
  })

  it("the former leader is elected in one round after a restart, by those who heard it just before", () => {
    const cluster = new Cluster(voters(1, 2, 3))
    cluster.elect(1)
    cluster.crash(1)
    cluster.restart(1)
    cluster.node(1).state.electionAt = cluster.now
    cluster.wait(1, 0)
    cluster.deliver()
    expect(cluster.leader()).toBe(1)
  })

  it("with leases, a node that was just started votes for nobody for electionMs", () => {
    const cluster = new Cluster(voters(1, 2, 3), { leaseDriftPercent: 10 })
    expect(sends(cluster.receive(1, 2, vote(1, genesis)))).toMatchObject([{ message: { granted: false } }])
    cluster.wait(2, 1000)
    expect(sends(cluster.receive(1, 2, vote(1, genesis)))).toMatchObject([{ message: { granted: true } }])
  })

  it("a node of a lower term learns the higher one from a refused pre-vote", () => {
    const cluster = new Cluster(voters(1, 2, 3))
    cluster.timeOut(1)
    cluster.receive(2, 1, { _tag: "PreVoteReply", term: 5, granted: false })
    expect(cluster.node(1).state).toMatchObject({ term: 5, campaign: undefined })
  })

  it("a leader of an earlier term is told the term, and follows", () => {
    const cluster = new Cluster(voters(1, 2, 3))
    cluster.elect(1)
    cluster.receive(3, 2, vote(2, head(1, 99), true))
    cluster.mail = []
    cluster.wait(1, 100)
    cluster.deliver(({ from, to }) => from + to === 3)
    expect(cluster.leader()).toBe(0)
    expect(cluster.node(1).state.term).toBe(2)
  })

  it("a leader that no quorum answers within electionMs leads no more", () => {
    const cluster = new Cluster(voters(1, 2, 3))
    cluster.elect(1)
    cluster.isolate(1)
    cluster.pass(1000)
    expect(cluster.node(1).state.lead).toBeDefined()
    cluster.pass(110)
    expect(cluster.node(1).state.lead).toBeUndefined()
    expect(cluster.node(1).state.term).toBe(1)
  })

  it("a leader that one of two followers answers goes on", () => {
    const cluster = new Cluster(voters(1, 2, 3))
    cluster.elect(1)
    cluster.isolate(3)
    cluster.pass(5000)
    expect(cluster.leader()).toBe(1)
    expect(cluster.node(1).state.term).toBe(1)
  })

  it("a node that comes back from a partition deposes nobody", () => {
    const cluster = new Cluster(voters(1, 2, 3))
    cluster.elect(1)
    cluster.isolate(3)
    cluster.pass(20_000)
    cluster.isolate(3, false)
    cluster.pass(3000)
    expect(cluster.leader()).toBe(1)
    expect(cluster.node(3).state).toMatchObject({ term: 1, leader: 1 })
  })

  it("a learner and a witness vote and never campaign", () => {
    for (const role of ["Learner", "Witness"] as const) {
      const cluster = new Cluster({ members: [voter(1), voter(2), voter(3, { role })] })
      expect(sends(cluster.timeOut(3))).toEqual([])
      expect(sends(cluster.receive(1, 3, vote(1, genesis)))).toMatchObject([{ message: { granted: true } }])
      expect(sends(cluster.receive(1, 3, { _tag: "TimeoutNow", term: 1 }))).toEqual([])
    }
  })

  it("a learner's vote is not counted", () => {
    const cluster = new Cluster({ members: [voter(1), voter(2), voter(3), voter(4, { role: "Learner" })] })
    cluster.timeOut(1)
    cluster.receive(4, 1, { _tag: "PreVoteReply", term: 0, granted: true })
    expect(cluster.node(1).state.campaign?.phase).toBe("PreVote")
  })

  it("a vote of an earlier term is not counted", () => {
    const cluster = new Cluster(voters(1, 2, 3))
    cluster.isolate(3)
    cluster.timeOut(1)
    cluster.deliver(({ message }) => message._tag !== "Vote")
    const late = cluster.take()
    expect(late).toMatchObject([{ message: { _tag: "Vote", term: 1 } }, { message: { _tag: "Vote", term: 1 } }])
    cluster.timeOut(1)
    cluster.deliver(({ message }) => message._tag !== "Vote")
    cluster.receive(2, 1, { _tag: "VoteReply", term: 1, granted: true })
    expect(cluster.node(1).state.term).toBe(2)
    expect(cluster.leader()).toBe(0)
  })

  it("while a change is under way, both halves elect", () => {
    const configuration = { members: [voter(1), voter(2), voter(3)], outgoing: [voter(1), voter(4), voter(5)] }
    const cluster = new Cluster(configuration)
    cluster.timeOut(1)
    const grant = (from: number): void => {
      cluster.receive(from, 1, { _tag: "PreVoteReply", term: 0, granted: true })
    }
    cluster.add(4)
    grant(2)
    grant(3)
    expect(cluster.node(1).state.campaign?.phase).toBe("PreVote")
    grant(4)
    expect(cluster.node(1).state.campaign?.phase).toBe("Vote")
  })

  it("a node waits longer for each voter that is preferred to it", () => {
    const cluster = new Cluster(
      { members: [voter(1, { priority: 2 }), voter(2, { priority: 1 }), voter(3)] },
      { spreadMs: 100 }
    )
    const waits = (id: number): number => {
      cluster.timeOut(id)
      return cluster.node(id).state.electionAt - cluster.now
    }
    expect(waits(1)).toBeLessThanOrEqual(1100)
    expect(waits(2)).toBeGreaterThanOrEqual(1050)
    expect(waits(3)).toBeGreaterThanOrEqual(1100)
  })

  it("the only voter leads without asking anybody", () => {
    const cluster = new Cluster({ members: [voter(1), voter(2, { role: "Learner" })] })
    cluster.timeOut(1)
    expect(cluster.leader()).toBe(1)
  })

  it("a node outside of the cluster never campaigns", () => {
    const cluster = new Cluster(voters(1, 2, 3))
    cluster.add(4)
    cluster.pass(10_000)
    expect(cluster.node(4).state).toMatchObject({ term: 0, campaign: undefined })
  })
})
