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

describe("a node that was a witness", () => {
  const witness = voter(3, { role: "Witness" })
  const alone: ReadonlyArray<Member> = [voter(1), voter(2)]

  /** n3 was a witness, to which a command was withheld, and is no member any more. */
  const left = (): Cluster => {
    const cluster = led({ members: [voter(1), voter(2), witness] })
    cluster.propose(1, "a")
    cluster.pass(300)
    cluster.change(1, alone)
    cluster.pass(300)
    expect(idsOf(configurationOf(cluster, 1).members)).toBe("1V 2V")
    return cluster
  }
  const acknowledged = (cluster: Cluster) => cluster.node(1).state.lead?.progress.find((each) => each.id === 3)?.match

  it("is not taken for one with the data: it stops before it acknowledges that it is to have them", () => {
    const cluster = left()
    const head = status(cluster.node(1).state).head.counter
    const request = cluster.change(1, [...alone, ...fresh(3)], cluster.now + 500)
    cluster.pass(200)
    expect(cluster.node(3).outputs.at(-1)).toMatchObject({
      _tag: "Stopped",
      detail: expect.stringMatching(/was a witness.*has kept no commands.*under a new id/)
    })
    expect(acknowledged(cluster)).toBeLessThanOrEqual(head)
    expect(cluster.node(3).disk.blocks.some(({ id }) => id.counter > head)).toBe(false)
    cluster.pass(600)
    expect(cluster.answers(1, request)).toMatchObject([{ _tag: "Refused", reason: "BadChange" }])
    expect(idsOf(configurationOf(cluster, 1).members)).toBe("1V 2V")
  })

  it("says nothing any more when it has stopped", () => {
    const cluster = left()
    cluster.pass(100)
    cluster.read(3)
    cluster.wait(3, 200)
    cluster.take()
    cluster.change(1, [...alone, ...fresh(3)])
    cluster.deliver(({ from, to }) => from === 1 && to === 3)
    expect(cluster.node(3).state.stopped).toBe(true)
    expect(cluster.take(({ from }) => from === 3)).toEqual([])
  })

  it("stops as a learner as well", () => {
    const cluster = left()
    cluster.change(1, [...alone, voter(3, { role: "Learner" })])
    cluster.pass(200)
    expect(cluster.node(3).state.stopped).toBe(true)
  })

  it("stops when it finds on its own disk that it is to have the data", () => {
    const cluster = left()
    const node = cluster.node(3)
    const parent = node.disk.blocks.at(-1)!
    const learner = { ...parent.id, counter: parent.id.counter + 1 }
    const configuration = { members: [...alone, voter(3, { role: "Learner" })] }
    const body = { _tag: "Configuration", configuration } as const
    const block = { id: learner, parent: parent.id, position: 1, bytes: 0, body }
    node.disk = { ...node.disk, blocks: [...node.disk.blocks, block] }
    cluster.restart(3)
    expect(node.state.stopped).toBe(true)
  })

  it("stops when an empty snapshot is all that it has", () => {
    const cluster = new Cluster(voters(1, 2, 3))
    const node = cluster.node(3)
    const snapshot = { block: id(1, 5), position: 2, configuration: voters(1, 2, 3), size: 0 }
    node.disk = { ...node.disk, term: 1, blocks: [], commit: id(1, 5), snapshot }
    cluster.restart(3)
    expect(node.state.stopped).toBe(true)
  })

  it("goes on as a witness under its id", () => {
    const cluster = left()
    const request = cluster.change(1, [...alone, { ...witness, incarnation: 0 }])
    cluster.pass(300)
    expect(cluster.answers(1, request)).toMatchObject([{ _tag: "Changed" }])
    expect(cluster.node(3).state.stopped).toBe(false)
  })

  it("has the data as others do when a snapshot brings all that was withheld", () => {
    const cluster = new Cluster({ members: [voter(1), voter(2), witness] }, { keepBlocks: 0 })
    cluster.elect(1)
    cluster.propose(1, "a")
    cluster.pass(300)
    cluster.change(1, alone)
    cluster.pass(300)
    cluster.propose(1, "b")
    cluster.pass(100)
    cluster.isolate(3)
    cluster.step(1, { _tag: "TakeSnapshotNow" })
    const request = cluster.change(1, [...alone, ...fresh(3)])
    cluster.pass(100)
    cluster.step(1, { _tag: "TakeSnapshotNow" })
    cluster.isolate(3, false)
    cluster.propose(1, "c")
    cluster.pass(600)
    expect(cluster.answers(1, request)).toMatchObject([{ _tag: "Changed" }])
    expect(cluster.node(3).applied).toEqual(["a", "b", "c"])
  })
})

describe("a voter that becomes a witness", () => {
  /** n3 was away when it became a witness, and while commands were committed before and after that. */
  const demoted = (snapshot: boolean): Cluster => {
    const cluster = new Cluster(voters(1, 2, 3), { keepBlocks: 0 })
    cluster.elect(1)
    cluster.isolate(3)
    cluster.propose(1, "a")
    cluster.pass(100)
    if (snapshot) cluster.step(1, { _tag: "TakeSnapshotNow" })
    cluster.change(1, [voter(1), voter(2), voter(3, { role: "Witness" })])
    cluster.pass(300)
    cluster.propose(1, "b")
    cluster.pass(300)
    expect(idsOf(configurationOf(cluster, 1).members)).toBe("1V 2V 3W")
    cluster.isolate(3, false)
    cluster.pass(300)
    return cluster
  }

  it.each([
    ["the commands of the time when it was to have them", false],
    ["a snapshot of that time", true]
  ])("still gets %s", (_, snapshot) => {
    const cluster = demoted(snapshot)
    expect(cluster.node(3).applied).toEqual(["a"])
    expect(status(cluster.node(3).state)).toMatchObject({ stopped: false, head: status(cluster.node(1).state).head })
  })
})
