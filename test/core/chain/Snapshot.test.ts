import { describe, expect, it } from "vitest"
import { type ChainSettings, genesis, type Message, type SnapshotName, status } from "../../../core/chain/index.ts"
import { append, id, path, sent } from "./Blocks.ts"
import { Cluster, type Letter, text, voter, voters } from "./Cluster.ts"

const led = (settings: Partial<ChainSettings> = {}): Cluster => {
  const cluster = new Cluster(voters(1, 2, 3), { keepBlocks: 2, ...settings })
  cluster.elect(1)
  return cluster
}

const words = (cluster: Cluster, count: number): void => {
  for (let at = 0; at < count; at++) {
    cluster.propose(1, `w${at}`)
    cluster.deliver()
  }
}

const name = (term: number, counter: number, position = counter): SnapshotName => ({
  block: id(term, counter),
  position,
  configuration: voters(1, 2, 3)
})

const chunk = (snapshot: SnapshotName, bytes: string, offset = 0, size = bytes.length, term = 5) => ({
  _tag: "Snapshot" as const,
  term,
  round: 1,
  snapshot,
  size,
  offset,
  bytes: text(bytes)
})

describe("Snapshot", () => {
  it("one is due when snapshotBytes were applied, right behind what it covers", () => {
    const cluster = led({ snapshotBytes: 256 + 3 * (2 * 256 + 2) })
    words(cluster, 3)
    const outputs = cluster.node(1).outputs.map(({ _tag }) => _tag)
    expect(outputs.filter((tag) => tag === "TakeSnapshot").length).toBe(1)
    expect(outputs[outputs.indexOf("TakeSnapshot") - 1]).toBe("Committed")
    expect(status(cluster.node(1).state).snapshot).toEqual(id(1, 4))
  })

  it("one is taken at a person's word, unless nothing was committed since the last", () => {
    const cluster = led()
    words(cluster, 1)
    expect(cluster.step(2, { _tag: "TakeSnapshotNow" })).toMatchObject([
      { _tag: "TakeSnapshot", snapshot: { block: id(1, 2), position: 1, configuration: voters(1, 2, 3) } }
    ])
    expect(cluster.step(2, { _tag: "TakeSnapshotNow" })).toEqual([])
  })

  it("no more of them are kept below it than snapshotBytes have room for, however many keepBlocks says", () => {
    const cluster = led({ keepBlocks: 5, snapshotBytes: 4000 })
    words(cluster, 2)
    for (const word of ["a".repeat(1500), "b".repeat(1500)]) {
      cluster.propose(1, word)
      cluster.deliver()
    }
    expect(status(cluster.node(1).state)).toMatchObject({ base: id(1, 4), snapshot: id(1, 5), head: id(1, 5) })
  })

  it("blocks further than keepBlocks below it are forgotten", () => {
    const cluster = led({ keepBlocks: 2 })
    words(cluster, 6)
    expect(cluster.step(1, { _tag: "TakeSnapshotNow" })).toContainEqual({ _tag: "Forget", through: id(1, 5) })
    expect(status(cluster.node(1).state)).toMatchObject({ base: id(1, 5), head: id(1, 7) })
  })

  it("a follower whose next block is forgotten gets the snapshot in pieces, and blocks behind it", () => {
    const cluster = led({ chunkBytes: 5 })
    cluster.isolate(3)
    words(cluster, 10)
    cluster.step(1, { _tag: "TakeSnapshotNow" })
    words(cluster, 3)
    cluster.isolate(3, false)
    cluster.pass(1500)
    expect(cluster.node(3).applied).toEqual(cluster.node(1).applied)
    expect(cluster.node(3).outputs.filter(({ _tag }) => _tag === "WriteSnapshot").length).toBe(6)
    expect(status(cluster.node(3).state)).toMatchObject({ base: id(1, 11), commit: id(1, 14) })
  })

  it("a piece that is lost is sent again", () => {
    const cluster = led({ chunkBytes: 5 })
    cluster.isolate(3)
    words(cluster, 10)
    cluster.step(1, { _tag: "TakeSnapshotNow" })
    cluster.isolate(3, false)
    let pieces = 0
    for (let round = 0; round < 200 && cluster.node(3).applied.length < 10; round++) {
      cluster.now += 50
      for (const node of [1, 2, 3]) cluster.step(node, { _tag: "Tick", now: cluster.now })
      cluster.deliver(({ message }) => message._tag !== "Snapshot" || ++pieces % 3 !== 0)
      cluster.mail = []
    }
    expect(pieces).toBeGreaterThan(6)
    expect(cluster.node(3).applied).toEqual(cluster.node(1).applied)
  })

  it("a snapshot that covers no more than is committed here is not installed", () => {
    const cluster = new Cluster(voters(1, 2, 3))
    cluster.receive(1, 2, append(5, path(genesis, [5, 5]), genesis, id(5, 2)))
    expect(cluster.receive(1, 2, chunk(name(5, 1), "x"))).toMatchObject([
      { _tag: "Send", message: { _tag: "SnapshotReply", installed: true, block: id(5, 1) } }
    ])
  })

  it("a snapshot whose block is here already only commits it", () => {
    const cluster = new Cluster(voters(1, 2, 3))
    cluster.receive(1, 2, append(5, path(genesis, [5, 5], ["a", "b"])))
    const outputs = cluster.receive(1, 2, chunk(name(5, 2), "x"))
    expect(sent(outputs)).toMatchObject([{ _tag: "SnapshotReply", installed: true }])
    expect(cluster.node(2).applied).toEqual(["a", "b"])
    expect(outputs.some(({ _tag }) => _tag === "WriteSnapshot")).toBe(false)
  })

  it("the next byte is wanted once those before it are written", () => {
    const cluster = new Cluster(voters(1, 2, 3))
    cluster.snapshots = false
    expect(sent(cluster.receive(1, 2, chunk(name(5, 9), "ab", 4, 6)))).toMatchObject([{ offset: 0 }])
    const outputs = cluster.receive(1, 2, chunk(name(5, 9), "ab", 0, 4))
    const [write] = outputs
    if (write?._tag !== "WriteSnapshot") throw new Error("Nothing is written.")
    expect(sent(outputs)).toEqual([])
    expect(sent(cluster.step(2, { _tag: "SnapshotWritten", request: write.request }))).toMatchObject([
      { _tag: "SnapshotReply", offset: 2, installed: false }
    ])
    expect(sent(cluster.receive(1, 2, chunk(name(5, 9), "ab", 0, 4)))).toMatchObject([{ offset: 2 }])
  })

  it("another snapshot begins anew", () => {
    const cluster = new Cluster(voters(1, 2, 3))
    cluster.receive(1, 2, chunk(name(5, 9), "ab", 0, 4))
    expect(sent(cluster.receive(1, 2, chunk(name(5, 12), "cd", 2, 4)))).toMatchObject([{ offset: 0 }])
    expect(sent(cluster.receive(1, 2, chunk(name(5, 12), "cd", 0, 4)))).toMatchObject([{ offset: 2, block: id(5, 12) }])
  })

  it("after it is installed nothing is left that conflicts with it, and the members are the snapshot's", () => {
    const cluster = new Cluster(voters(1, 2, 3))
    cluster.receive(3, 2, append(4, path(genesis, [4, 4, 4, 4])))
    const snapshot = { ...name(5, 3), configuration: voters(1, 2) }
    const outputs = cluster.receive(1, 2, chunk(snapshot, "a b c"))
    expect(outputs.map(({ _tag }) => _tag)).toEqual([
      "WriteSnapshot",
      "Persist",
      "Status",
      "InstallSnapshot",
      "Forget",
      "Status",
      "Send"
    ])
    expect(status(cluster.node(2).state)).toMatchObject({
      base: id(5, 3),
      head: id(5, 3),
      commit: id(5, 3),
      configuration: voters(1, 2)
    })
    cluster.crash(2)
    cluster.restart(2)
    expect(status(cluster.node(2).state)).toMatchObject({ base: id(5, 3), head: id(5, 3), term: 5 })
    expect(cluster.node(2).applied).toEqual(["a", "b", "c"])
  })

  it("members that a snapshot names as they were before are no news, whoever wrote them down", () => {
    const cluster = new Cluster(voters(1, 2, 3))
    cluster.receive(1, 2, append(5, []))
    const outputs = cluster.receive(1, 2, chunk(name(5, 3), "a b c"))
    expect(outputs.map(({ _tag }) => _tag)).toContain("InstallSnapshot")
    expect(outputs.map(({ _tag }) => _tag)).not.toContain("Status")
  })

  it("blocks that extend the snapshot's stay", () => {
    const cluster = new Cluster(voters(1, 2, 3))
    cluster.snapshots = false
    const blocks = path(genesis, [5, 5, 5, 5], ["a", "b", "c", "d"])
    const [write] = cluster.receive(1, 2, chunk(name(5, 2), "a b"))
    if (write?._tag !== "WriteSnapshot") throw new Error("Nothing is written.")
    const installing = cluster.step(2, { _tag: "SnapshotWritten", request: write.request })
    const [install] = installing
    if (install?._tag !== "InstallSnapshot") throw new Error("Nothing is installed.")
    cluster.receive(1, 2, append(5, blocks, genesis, id(5, 3)))
    expect(cluster.node(2).applied).toEqual([])
    cluster.step(2, { _tag: "SnapshotInstalled", request: install.request })
    expect(status(cluster.node(2).state)).toMatchObject({ base: id(5, 2), head: id(5, 4), commit: id(5, 2) })
    cluster.receive(1, 2, append(5, [], id(5, 4), id(5, 4)))
    expect(cluster.node(2).applied).toEqual(["c", "d"])
  })

  it("an own snapshot that ends after a later one was installed is dropped", () => {
    const cluster = new Cluster(voters(1, 2, 3))
    cluster.snapshots = false
    cluster.receive(1, 2, append(5, path(genesis, [5, 5], ["a", "b"]), genesis, id(5, 2)))
    const [take] = cluster.step(2, { _tag: "TakeSnapshotNow" })
    if (take?._tag !== "TakeSnapshot") throw new Error("Nothing is taken.")
    cluster.snapshots = true
    cluster.receive(1, 2, chunk(name(5, 9), "many words"))
    expect(cluster.step(2, { _tag: "SnapshotTaken", request: take.request, size: 3 })).toEqual([])
    expect(status(cluster.node(2).state).snapshot).toEqual(id(5, 9))
  })

  it("while one is installed the node does not campaign", () => {
    const cluster = new Cluster(voters(1, 2, 3))
    cluster.snapshots = false
    const [write] = cluster.receive(1, 2, chunk(name(5, 2), "a b"))
    if (write?._tag !== "WriteSnapshot") throw new Error("Nothing is written.")
    cluster.step(2, { _tag: "SnapshotWritten", request: write.request })
    expect(sent(cluster.timeOut(2))).toEqual([])
  })

  it("a follower that turns out to be caught up gets blocks again, although its answer was lost", () => {
    const cluster = led()
    cluster.isolate(3)
    words(cluster, 10)
    cluster.step(1, { _tag: "TakeSnapshotNow" })
    cluster.isolate(3, false)
    for (let round = 0; round < 30; round++) {
      cluster.now += 100
      cluster.step(1, { _tag: "Tick", now: cluster.now })
      cluster.deliver(({ message }) => message._tag !== "SnapshotReply")
      cluster.mail = []
    }
    words(cluster, 1)
    expect(cluster.node(3).applied).toEqual(cluster.node(1).applied)
    expect(status(cluster.node(1).state).progress.map(({ mode }) => mode)).toEqual(["Replicate", "Replicate"])
  })

  it("a snapshot that cannot be read is begun anew", () => {
    const cluster = led()
    cluster.isolate(3)
    words(cluster, 10)
    cluster.step(1, { _tag: "TakeSnapshotNow" })
    cluster.isolate(3, false)
    cluster.snapshots = false
    cluster.pass(210)
    const reads = cluster.node(1).outputs.filter(({ _tag }) => _tag === "ReadSnapshot")
    expect(reads.length).toBe(1)
    const [reading] = reads
    if (reading?._tag !== "ReadSnapshot") throw new Error("Nothing is read.")
    cluster.step(1, { _tag: "SnapshotFailed", request: reading.request, detail: "gone" })
    cluster.snapshots = true
    cluster.pass(300)
    expect(cluster.node(3).applied).toEqual(cluster.node(1).applied)
  })

  it("a follower gets it also where its answers take longer than a heartbeat interval, and not many times over", () => {
    const cluster = led({ keepBlocks: 0, chunkBytes: 4 })
    cluster.isolate(3)
    words(cluster, 10)
    cluster.step(1, { _tag: "TakeSnapshotNow" })
    cluster.isolate(3, false)
    cluster.mail = []
    // Each way takes 150 ms.
    const late: Array<{ readonly at: number; readonly letter: Letter }> = []
    let sent = 0
    for (let round = 0; round < 1500 && cluster.node(3).applied.length === 0; round++) {
      cluster.now += 10
      for (const node of cluster.nodes.keys()) cluster.step(node, { _tag: "Tick", now: cluster.now })
      for (let more = true; more;) {
        const far = cluster.take(({ from, to }) => from === 3 || to === 3)
        for (const letter of far) late.push({ at: cluster.now + 150, letter })
        sent += far.filter(({ message }) => message._tag === "Snapshot").length
        const near = cluster.take()
        for (const { from, message, to } of near) cluster.receive(from, to, message)
        const due = late[0]
        if (due !== undefined && due.at <= cluster.now) {
          late.shift()
          cluster.receive(due.letter.from, due.letter.to, due.letter.message)
        }
        more = near.length > 0 || cluster.mail.length > 0 || (late[0]?.at ?? Infinity) <= cluster.now
      }
    }
    expect(cluster.node(3).applied).toEqual(cluster.node(1).applied)
    expect(sent).toBeLessThan(15)
  })

  it("a follower that is slow to get it gets it, and what comes behind it, though others are due meanwhile", () => {
    const cluster = led({ keepBlocks: 0, chunkBytes: 4, snapshotBytes: 3000 })
    cluster.isolate(3)
    words(cluster, 12)
    cluster.isolate(3, false)
    cluster.mail = []
    // Of what is large one message arrives while a block is committed; it takes longer than until the next one is due.
    const isLarge = ({ message, to }: Letter) =>
      to === 3 && (message._tag === "Snapshot" || (message._tag === "Append" && message.blocks.length > 0))
    let rounds = 0
    while (cluster.node(3).applied.length + 3 < cluster.node(1).applied.length) {
      if (rounds++ > 100) throw new Error("It never gets there.")
      const [first, ...others] = cluster.take(isLarge)
      if (first !== undefined) cluster.receive(first.from, first.to, first.message)
      cluster.mail.push(...others)
      cluster.propose(1, "x")
      cluster.deliver((letter) => !isLarge(letter))
      cluster.now += 100
      for (const node of cluster.nodes.keys()) cluster.step(node, { _tag: "Tick", now: cluster.now })
      cluster.deliver((letter) => !isLarge(letter))
    }
    const sent = cluster.node(3).outputs.filter(({ _tag }) => _tag === "InstallSnapshot")
    expect(sent.length).toBe(1)
    expect(rounds).toBeGreaterThan(12)
    expect(cluster.node(1).outputs.filter(({ _tag }) => _tag === "TakeSnapshot").length).toBeGreaterThan(2)
  })

  it("blocks stay for a follower that has what the snapshot before covers, as long as it is there", () => {
    const baseAfter = (silentMs: number) => {
      const cluster = led({ keepBlocks: 0 })
      words(cluster, 3)
      cluster.step(1, { _tag: "TakeSnapshotNow" })
      for (const word of ["x", "y"]) {
        cluster.propose(1, word)
        cluster.deliver(({ to }) => to !== 3)
      }
      if (silentMs > 0) {
        cluster.isolate(3)
        cluster.pass(silentMs)
      }
      cluster.step(1, { _tag: "TakeSnapshotNow" })
      return status(cluster.node(1).state).base
    }
    expect(baseAfter(0)).toEqual(id(1, 4))
    expect(baseAfter(1100)).toEqual(id(1, 6))
  })

  it("a witness gets the name of the snapshot and none of its bytes", () => {
    const cluster = new Cluster({ members: [voter(1), voter(2), voter(3, { role: "Witness" })] }, { keepBlocks: 0 })
    cluster.elect(1)
    cluster.isolate(3)
    words(cluster, 10)
    cluster.step(1, { _tag: "TakeSnapshotNow" })
    cluster.isolate(3, false)
    cluster.pass(500)
    expect(cluster.node(3).kept.length).toBe(0)
    expect(status(cluster.node(3).state)).toMatchObject({ base: id(1, 11), commit: id(1, 11) })
  })

  it("a node that joins takes none before it knows the members, whose names are part of it", () => {
    const cluster = new Cluster(voters(1), { snapshotBytes: 1 })
    cluster.add(4)
    const blocks = path(genesis, [1, 1, 1], ["a", "b", "c"])
    const joined = path(id(1, 3), [1]).map((block) => ({
      ...block,
      position: 3,
      body: { _tag: "Configuration" as const, configuration: voters(1, 4) }
    }))
    const receive = (message: Message) => cluster.step(4, { _tag: "Received", from: 1, incarnation: 100, message })
    const early = receive(append(1, blocks, genesis, id(1, 3)))
    expect(early.map(({ _tag }) => _tag)).toContain("Committed")
    expect(early.map(({ _tag }) => _tag)).not.toContain("TakeSnapshot")
    expect(receive(append(1, joined, id(1, 3), id(1, 4)))).toContainEqual(
      expect.objectContaining({
        _tag: "TakeSnapshot",
        snapshot: { block: id(1, 4), position: 3, configuration: voters(1, 4) }
      })
    )
  })

  it("of proposals that a snapshot may cover nobody knows what became", () => {
    const cluster = led({ keepBlocks: 0 })
    cluster.isolate(3)
    const request = cluster.propose(3, "a")
    cluster.mail = []
    cluster.isolate(3, false)
    const lost = cluster.propose(3, "b")
    cluster.deliver(({ message }) => message._tag === "Forward" || message._tag === "Forwarded")
    cluster.isolate(3)
    cluster.deliver()
    words(cluster, 5)
    cluster.step(1, { _tag: "TakeSnapshotNow" })
    cluster.isolate(3, false)
    cluster.pass(500)
    expect(cluster.answers(3, lost)).toMatchObject([{ _tag: "Unknown" }])
    expect(cluster.answers(3, request)).toEqual([])
  })
})
