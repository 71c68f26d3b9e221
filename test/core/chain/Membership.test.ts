import { describe, expect, it } from "vitest"
import { type Configuration, type Member, status } from "../../../core/chain/index.ts"
import { id } from "./Blocks.ts"
import { Cluster, voter, voters } from "./Cluster.ts"

const led = (initial: Configuration = voters(1, 2, 3)): Cluster => {
  const cluster = new Cluster(initial)
  cluster.elect(1)
  return cluster
}

const configurationOf = (cluster: Cluster, node: number): Configuration =>
  status(cluster.node(node).state).configuration

const idsOf = (members: ReadonlyArray<Member> | undefined) =>
  members?.map(({ id, role }) => `${id}${role[0]}`).join(" ")

/** The configurations in a node's blocks, in order. */
const history = (cluster: Cluster, node: number) =>
  cluster
    .node(node)
    .disk.blocks.flatMap(({ body }) =>
      body._tag === "Configuration"
        ? [
            body.configuration.outgoing === undefined
              ? idsOf(body.configuration.members)
              : `${idsOf(body.configuration.members)} and ${idsOf(body.configuration.outgoing)}`
          ]
        : []
    )

const fresh = (...ids: ReadonlyArray<number>): ReadonlyArray<Member> =>
  ids.map((each) => voter(each, { incarnation: 0 }))

describe("Membership", () => {
  it("a new voter learns first, then both halves decide, then the new one alone", () => {
    const cluster = led()
    cluster.add(4)
    const request = cluster.change(1, [...voters(1, 2, 3).members, ...fresh(4)])
    cluster.pass(300)
    expect(history(cluster, 1).filter((each, at, all) => each !== all[at - 1])).toEqual([
      "1V 2V 3V 4L",
      "1V 2V 3V 4V and 1V 2V 3V 4L",
      "1V 2V 3V 4V"
    ])
    expect(cluster.answers(1, request)).toMatchObject([{ _tag: "Changed" }])
    expect(configurationOf(cluster, 4)).toEqual(configurationOf(cluster, 1))
  })

  it("a change is effective as soon as it is appended", () => {
    const cluster = led()
    cluster.change(1, voters(1, 2).members)
    expect(configurationOf(cluster, 1).outgoing).toBeDefined()
    expect(status(cluster.node(1).state).commit).toEqual(id(1, 1))
  })

  it("the new members alone decide once the joint configuration is committed, and not before", () => {
    const cluster = led()
    cluster.isolate(1)
    cluster.change(1, voters(1, 2).members)
    cluster.deliver()
    expect(idsOf(configurationOf(cluster, 1).outgoing)).toBe("1V 2V 3V")
    cluster.isolate(1, false)
    cluster.pass(110)
    expect(configurationOf(cluster, 1).outgoing).toBeUndefined()
  })

  it("one change at a time", () => {
    const cluster = led()
    cluster.isolate(1)
    cluster.change(1, voters(1, 2).members)
    expect(cluster.answers(1, cluster.change(1, voters(1, 3).members))).toMatchObject([
      { _tag: "Refused", reason: "ChangeUnderWay" }
    ])
  })

  it("a change waits until the leader has committed a block of its own term", () => {
    const cluster = new Cluster(voters(1, 2, 3))
    cluster.timeOut(1)
    cluster.deliver(({ message }) => message._tag !== "Append")
    cluster.mail = []
    cluster.change(1, voters(1, 2).members)
    expect(history(cluster, 1)).toEqual([])
    cluster.pass(200)
    expect(idsOf(configurationOf(cluster, 1).members)).toBe("1V 2V")
  })

  it("members that make no cluster are refused", () => {
    const cluster = led()
    const bad = [[], [voter(1), voter(1)], [voter(1, { role: "Learner" })], [voter(1, { incarnation: 77 })]]
    for (const members of bad) {
      expect(cluster.answers(1, cluster.change(1, members))).toMatchObject([{ _tag: "Refused", reason: "BadChange" }])
    }
    expect(cluster.answers(2, cluster.change(2, voters(1, 2).members))).toMatchObject([
      { _tag: "Refused", reason: "NoLeader", leader: 1 }
    ])
  })

  it("a joint configuration that a leader left behind is ended by the next one, once it is committed", () => {
    const cluster = led(voters(1, 2, 3, 4))
    const request = cluster.change(1, voters(1, 2, 3).members)
    cluster.deliver(({ message }) => message._tag !== "AppendReply")
    cluster.crash(1)
    cluster.mail = []
    expect(configurationOf(cluster, 2).outgoing).toBeDefined()
    cluster.timeOut(2)
    cluster.deliver(({ message }) => message._tag !== "Append")
    expect(cluster.leader()).toBe(2)
    cluster.isolate(4)
    cluster.pass(300)
    expect(configurationOf(cluster, 2).outgoing).toBeDefined()
    cluster.isolate(4, false)
    cluster.pass(300)
    expect(idsOf(configurationOf(cluster, 2).members)).toBe("1V 2V 3V")
    expect(configurationOf(cluster, 2).outgoing).toBeUndefined()
    expect(cluster.answers(1, request)).toEqual([])
  })

  it("a leader that loses the leadership does not know what becomes of its joint configuration", () => {
    const cluster = led()
    cluster.isolate(1)
    const request = cluster.change(1, voters(1, 2).members)
    cluster.pass(1200)
    expect(cluster.answers(1, request)).toMatchObject([{ _tag: "Unknown" }])
  })

  it("a leader that is no member any more hands over once that is committed, and campaigns no more", () => {
    const cluster = led()
    const request = cluster.change(1, voters(2, 3).members)
    cluster.deliver()
    expect(cluster.answers(1, request)).toMatchObject([{ _tag: "Changed" }])
    expect([2, 3]).toContain(cluster.leader())
    cluster.pass(5000)
    expect(cluster.node(1).state.campaign).toBeUndefined()
    expect(cluster.node(cluster.leader()).state.term).toBe(2)
  })

  it("a leader that is to be removed does not count itself", () => {
    const cluster = led(voters(1, 2))
    cluster.change(1, voters(2).members)
    cluster.deliver(({ message }) => message._tag !== "AppendReply")
    cluster.mail = []
    cluster.isolate(2)
    const request = cluster.propose(1, "a")
    cluster.deliver()
    expect(cluster.answers(1, request)).toEqual([])
  })

  it("who has the only block that says that it is no member may still lead, so that the others go on", () => {
    const cluster = led(voters(1, 2))
    const request = cluster.change(1, voters(2).members)
    for (let round = 0; configurationOf(cluster, 1).outgoing !== undefined; round++) {
      for (const { from, message, to } of cluster.take()) cluster.receive(from, to, message)
    }
    cluster.mail = []
    cluster.isolate(2)
    cluster.pass(1200)
    cluster.isolate(2, false)
    expect(configurationOf(cluster, 2).outgoing).toBeDefined()
    cluster.until(() => cluster.leader() === 2)
    expect(idsOf(configurationOf(cluster, 2).members)).toBe("2V")
    expect(cluster.answers(1, request)).toMatchObject([{ _tag: "Unknown" }])
  })

  it("a removed node that comes back late disturbs nobody", () => {
    const cluster = led()
    cluster.isolate(3)
    cluster.change(1, voters(1, 2).members)
    cluster.pass(3000)
    cluster.isolate(3, false)
    cluster.pass(10_000)
    expect(cluster.leader()).toBe(1)
    expect(cluster.node(1).state.term).toBe(1)
  })

  it("a new voter that does not catch up by the deadline is let go again", () => {
    const cluster = led()
    cluster.add(4)
    cluster.isolate(4)
    const request = cluster.change(1, [...voters(1, 2, 3).members, ...fresh(4)], cluster.now + 500)
    cluster.deliver()
    expect(idsOf(configurationOf(cluster, 1).members)).toBe("1V 2V 3V 4L")
    cluster.pass(600)
    expect(cluster.answers(1, request)).toMatchObject([{ _tag: "Refused", reason: "BadChange" }])
    expect(idsOf(configurationOf(cluster, 1).members)).toBe("1V 2V 3V")
    const next = cluster.change(1, voters(1, 2).members)
    cluster.pass(200)
    expect(cluster.answers(1, next)).toMatchObject([{ _tag: "Changed" }])
  })

  it("a new voter whose rounds never get shorter than electionMs is refused after catchUpRounds", () => {
    const cluster = new Cluster(voters(1, 2, 3), { catchUpRounds: 2 })
    cluster.elect(1)
    cluster.add(4)
    const request = cluster.change(1, [...voters(1, 2, 3).members, ...fresh(4)])
    cluster.isolate(4)
    cluster.deliver()
    for (let round = 0; round < 2; round++) {
      expect(cluster.answers(1, request)).toEqual([])
      const verified = status(cluster.node(1).state).head
      cluster.propose(1, "x")
      cluster.pass(1100)
      cluster.receive(4, 1, { _tag: "AppendReply", term: 1, round: 1, verified, commit: verified })
    }
    expect(cluster.answers(1, request)).toMatchObject([{ _tag: "Refused", reason: "BadChange" }])
  })

  it("a learner becomes a voter, and a voter a learner", () => {
    const cluster = led({ members: [voter(1), voter(2), voter(3, { role: "Learner" })] })
    const request = cluster.change(1, [voter(1), voter(2, { role: "Learner" }), voter(3)])
    cluster.pass(300)
    expect(cluster.answers(1, request)).toMatchObject([{ _tag: "Changed" }])
    expect(idsOf(configurationOf(cluster, 2).members)).toBe("1V 2L 3V")
  })

  it("incarnations that are not known are entered as they are heard", () => {
    const cluster = new Cluster({ members: fresh(1, 2, 3) })
    cluster.elect(1)
    cluster.pass(300)
    expect(configurationOf(cluster, 3).members.map(({ incarnation }) => incarnation)).toEqual([100, 200, 300])
  })

  it("a node that comes back with another folder is not counted, and is told to stop", () => {
    const cluster = led()
    cluster.isolate(3)
    cluster.crash(2)
    cluster.add(2, voters(1, 2, 3), 999)
    const request = cluster.propose(1, "a")
    cluster.pass(300)
    expect(cluster.answers(1, request)).toEqual([])
    expect(cluster.node(2).outputs.at(-1)).toMatchObject({
      _tag: "Stopped",
      detail: expect.stringContaining("new id")
    })
  })

  it("the vote of a node that has forgotten its promises is not counted", () => {
    const cluster = new Cluster(voters(1, 2, 3))
    cluster.crash(3)
    cluster.crash(2)
    cluster.add(2, voters(1, 2, 3), 999)
    cluster.timeOut(1)
    cluster.deliver()
    cluster.pass(5000)
    expect(cluster.leader()).toBe(0)
  })

  it("a node that knows that the cluster knows it is not stopped by an old message", () => {
    const cluster = led()
    cluster.receive(1, 2, { _tag: "Estranged", term: 1 })
    expect(cluster.node(2).state.stopped).toBe(false)
  })
})
