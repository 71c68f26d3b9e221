import { describe, expect, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import { makeMemoryDisk, type MemoryDisk, MemoryNetwork, powerCut } from "../../../../adapters/memory/index.ts"
import { KeyValues, type NodeStatus } from "../../../../core/chain/index.ts"
import type { Disk } from "../../../../core/ports/index.ts"
import { nodeContract } from "./NodeContract.ts"
import { add, local, NodeCluster, persistently, type Place, put, read, until, voter } from "./NodeCluster.ts"

/** Disks that lose at a kill what was not synced. */
const makePlace = (maxBytes?: number): Place & { readonly disks: Map<number, MemoryDisk> } => {
  const disks = new Map<number, MemoryDisk>()
  const disk = (id: number): MemoryDisk => {
    const made = disks.get(id) ?? makeMemoryDisk({ crashable: true, ...(maxBytes === undefined ? {} : { maxBytes }) })
    disks.set(id, made)
    return made
  }
  return {
    network: MemoryNetwork.make(),
    addressOf: (id) => ({ host: "memory", port: 7000 + id }),
    disk: (id) => Effect.succeed(disk(id)),
    cut: (id) => void disks.set(id, disk(id).crashed(powerCut)),
    electionMs: 400,
    disks
  }
}

const alone = (place: Place, options: ConstructorParameters<typeof NodeCluster>[2] = {}) =>
  new NodeCluster(place, [voter(1)], {
    ...options,
    settings: { electionMs: 20, spreadMs: 10, heartbeatMs: 5, ...options?.settings }
  })

describe("nodes in memory", () => {
  for (const { name, run } of nodeContract) it.live(name, () => run(makePlace()))
})

describe("a node", () => {
  it.live("takes a command as large as it is allowed to be, and hands it on", () =>
    Effect.gen(function* () {
      const place = { ...makePlace(), electionMs: 1000 }
      const cluster = new NodeCluster(place, [voter(1), voter(2)], { maxCommandBytes: 18 << 20 })
      const [one, two] = [yield* cluster.start(1), yield* cluster.start(2)]
      const value = new Uint8Array(17 << 20)
      yield* persistently(one.propose(KeyValues.command({ _tag: "Put", key: "k", value })))
      expect(yield* two.read((state) => KeyValues.get(state, "k")?.value.length)).toBe(17 << 20)
      yield* cluster.end
    })
  )

  it.live("whose disk is full stops for good, and says so to all who wait", () =>
    Effect.gen(function* () {
      const cluster = alone(makePlace(20_000))
      const node = yield* cluster.start(1)
      const value = new Uint8Array(1000)
      const proposals = Effect.forEach(
        Array.from({ length: 50 }),
        (_, i) => node.propose(KeyValues.command({ _tag: "Put", key: `k${i}`, value })),
        { concurrency: 10 }
      )
      const error = yield* Effect.flip(proposals)
      expect(error).toMatchObject({ _tag: "NodeStopped", node: 1, cause: { _tag: "RecordLogFailed" } })
      expect(error.message).toMatch(/^Node 1 has stopped: .*bound of 20000 bytes is reached; give it a larger one\.$/)
      expect(yield* Effect.flip(node.join)).toBe(error)
      expect(yield* Effect.flip(node.read(() => 1))).toBe(error)
      expect(yield* Effect.flip(node.takeSnapshot)).toBe(error)
      yield* cluster.end
    })
  )

  it.live("whose disk is stuck stops when its time is over, and ends when the disk lets go", () =>
    Effect.gen(function* () {
      const disk = makeMemoryDisk()
      let stuck = false
      const busy = yield* Deferred.make<void>()
      const slow: Disk = {
        ...disk,
        sync: (path) =>
          Effect.suspend(() => (stuck ? Effect.andThen(Deferred.await(busy), disk.sync(path)) : disk.sync(path)))
      }
      const cluster = alone({ ...makePlace(), disk: () => Effect.succeed(slow) }, { diskTimeoutMs: 1000 })
      const node = yield* cluster.start(1)
      yield* put(node, "k", "v")
      stuck = true
      const error = yield* Effect.flip(node.propose(new Uint8Array(1)))
      expect(error).toMatchObject({ _tag: "NodeStopped" })
      expect(error.message).toContain("the disk did not answer within 1000 ms")
      expect(node.status().stopped).toBe(true)
      const ending = yield* Effect.forkChild(cluster.end)
      yield* Deferred.succeed(busy, undefined)
      yield* Fiber.join(ending)
    })
  )

  it.live("whose folder belongs to another node, or to another cluster, does not start", () =>
    Effect.gen(function* () {
      const place = makePlace()
      const cluster = alone(place)
      yield* cluster.start(1)
      yield* cluster.stop(1)
      const other = { ...place, disk: () => place.disk(1) }
      const wrongId = yield* Effect.flip(new NodeCluster(other, [voter(2)]).start(2))
      const wrongCluster = yield* Effect.flip(cluster.start(1, { clusterId: "elsewhere" }))
      expect([wrongId, wrongCluster]).toMatchObject([
        { _tag: "DataFolderRefused", reason: "OtherNode" },
        { _tag: "DataFolderRefused", reason: "OtherCluster" }
      ])
      yield* cluster.start(1)
      yield* cluster.end
    })
  )

  it.live("keeps its incarnation from its first start on", () =>
    Effect.gen(function* () {
      const cluster = alone(makePlace())
      const first = (yield* cluster.start(1)).incarnation
      yield* cluster.kill(1)
      expect((yield* cluster.start(1, { entropy: [9, 9, 9] })).incarnation).toBe(first)
      yield* cluster.end
    })
  )

  it.live("refuses a command that is too large", () =>
    Effect.gen(function* () {
      const cluster = alone(makePlace(), { maxCommandBytes: 100 })
      const node = yield* cluster.start(1)
      const error = yield* Effect.flip(node.propose(new Uint8Array(101)))
      expect(error).toMatchObject({ _tag: "ProposalRefused", reason: "TooLarge" })
      yield* cluster.end
    })
  )

  it.live("without a majority refuses reads and tells that a proposal has had no effect", () =>
    Effect.gen(function* () {
      const cluster = new NodeCluster(makePlace(), [voter(1), voter(2), voter(3)])
      const node = yield* cluster.start(1)
      const limit = { timeoutMs: 50 }
      const errors = [
        yield* Effect.flip(node.propose(new Uint8Array(1), limit)),
        yield* Effect.flip(node.read(() => 1, limit))
      ]
      for (const error of errors)
        expect(error).toMatchObject({ _tag: "ProposalRefused", reason: "NoLeader", leader: 0 })
      yield* cluster.end
    })
  )

  it.live("has a proposal wait while others are under way, as long as it may", () =>
    Effect.gen(function* () {
      const cluster = new NodeCluster(makePlace(), [voter(1), voter(2), voter(3)], { maxProposals: 1 })
      const node = yield* cluster.start(1)
      const propose = (timeoutMs: number) => Effect.flip(node.propose(new Uint8Array(1), { timeoutMs }))
      const errors = yield* Effect.all([propose(400), propose(20)], { concurrency: 2 })
      expect(errors).toMatchObject([{ reason: "NoLeader" }, { reason: "Busy" }])
      yield* cluster.end
    })
  )

  it.live("stops when a command cannot be applied, and does not go on with a state that others do not have", () =>
    Effect.gen(function* () {
      const { application } = KeyValues
      const apply: typeof application.apply = (state, command, position) => {
        if (command.length === 1) throw new Error("cannot be")
        return application.apply(state, command, position)
      }
      const cluster = alone(makePlace(), { application: { ...application, apply } })
      const node = yield* cluster.start(1)
      yield* put(node, "k", "v")
      const error = yield* Effect.flip(node.propose(new Uint8Array(1)))
      expect(error).toMatchObject({ _tag: "NodeStopped", cause: new Error("cannot be") })
      expect(error.message).toContain("a committed command cannot be applied (cannot be)")
      expect(yield* Effect.flip(node.join)).toBe(error)
      yield* cluster.end
    })
  )

  it.live("that is closed fails whoever still waits", () =>
    Effect.gen(function* () {
      const cluster = new NodeCluster(makePlace(), [voter(1), voter(2), voter(3)])
      const node = yield* cluster.start(1)
      const waiting = yield* Effect.forkChild(Effect.flip(node.propose(new Uint8Array(1))), { startImmediately: true })
      yield* cluster.stop(1)
      expect(yield* Fiber.join(waiting)).toMatchObject({ _tag: "NodeStopped", detail: "it was closed" })
      expect(yield* Effect.flip(node.propose(new Uint8Array(1)))).toMatchObject({ _tag: "NodeStopped" })
    })
  )

  it.live("tells its status first, and then what has changed", () =>
    Effect.gen(function* () {
      const cluster = alone(makePlace())
      const node = yield* cluster.start(1)
      const seen: Array<NodeStatus> = []
      yield* node.changes.pipe(
        Stream.tap((status) => Effect.sync(() => seen.push(status))),
        Stream.takeUntil(({ role }) => role === "Leader"),
        Stream.runDrain
      )
      expect(seen.at(-1)).toMatchObject({ id: 1, role: "Leader", leader: 1 })
      yield* cluster.end
    })
  )

  it.live("that stops says so to those who follow its changes, and nothing more", () =>
    Effect.gen(function* () {
      const cluster = alone(makePlace())
      const node = yield* cluster.start(1)
      const following = yield* Effect.forkChild(Stream.runCollect(node.changes), { startImmediately: true })
      yield* cluster.stop(1)
      expect((yield* Fiber.join(following)).at(-1)).toMatchObject({ id: 1, stopped: true })
    })
  )

  it.live("that nobody has named joins a cluster, because it says where it is", () =>
    Effect.gen(function* () {
      const place = makePlace()
      const addresses = new Map([[1, place.addressOf(1)]])
      const cluster = alone(place)
      const one = yield* cluster.start(1, { addresses: new Map() })
      yield* put(one, "k", "v")
      const two = yield* cluster.start(2, { addresses })
      yield* persistently(one.changeMembers([voter(1), voter(2)], { timeoutMs: 2000 }))
      yield* until(() => local(two, "k") === "v")
      yield* cluster.end
    })
  )

  it.live("says what is wrong with members, and with whom is to lead", () =>
    Effect.gen(function* () {
      const cluster = alone(makePlace())
      const node = yield* cluster.start(1)
      yield* put(node, "k", "v")
      const errors = [
        yield* Effect.flip(node.changeMembers([voter(1), voter(1)])),
        yield* Effect.flip(node.changeMembers([voter(1), voter(9)], { timeoutMs: 50 })),
        yield* Effect.flip(node.transfer(9))
      ]
      expect(errors.map(({ message }) => message)).toEqual([
        "Node 1 has refused it: Node 1 is there more than once: name it once.",
        expect.stringMatching(/^Node 1 has refused it: The new voters did not catch up in time: see whether they run/),
        expect.stringMatching(/^Node 1 has refused it: Node 9 is no voter, or did not take over in time/)
      ])
      yield* cluster.end
    })
  )

  it.live("begins a cluster with its members in any order", () =>
    Effect.gen(function* () {
      const cluster = new NodeCluster(makePlace(), [voter(2), voter(1)])
      const [two] = yield* cluster.startAll
      yield* put(two!, "k", "v")
      expect(two!.status().configuration.members.map(({ id }) => id)).toEqual([1, 2])
      yield* cluster.end
    })
  )

  it.live("that is a witness has no state, and votes also after it came back", () =>
    Effect.gen(function* () {
      const members = [voter(1), voter(2), voter(3, "Witness")]
      const cluster = new NodeCluster(makePlace(), members)
      yield* cluster.startAll
      const leader = yield* cluster.leader
      yield* put(leader, "k", "v")
      const witness = cluster.node(3)
      yield* until(() => witness.status().commit.counter === leader.status().commit.counter)
      expect(yield* Effect.flip(witness.read(() => 1))).toMatchObject({ reason: "NoApplication" })
      yield* cluster.kill(3)
      yield* cluster.start(3)
      const other = cluster.node(leader.id === 1 ? 2 : 1)
      yield* until(() => local(other, "k") === "v")
      yield* cluster.kill(leader.id)
      yield* until(() => other.status().role === "Leader")
      yield* cluster.end
    })
  )

  it.live.each([
    ["id", { id: 0 }],
    ["members", { members: [voter(1), voter(1)] }],
    ["members", { members: [voter(2)] }],
    ["electionMs", { settings: { electionMs: 0 } }],
    ["heartbeatMs", { settings: { electionMs: 100, heartbeatMs: 100 } }],
    ["windowBytes", { settings: { windowBytes: Number.NaN } }],
    ["leaseDriftPercent", { settings: { leaseDriftPercent: 100 } }],
    ["maxProposals", { maxProposals: 0.5 }],
    ["maxCommandBytes", { maxCommandBytes: 2 ** 28 + 1 }],
    ["maxUncommittedBytes", { settings: { maxUncommittedBytes: 2 ** 28 + 1 } }],
    ["clusterId", { clusterId: "" }],
    ["maxFrameBytes", { maxCommandBytes: 1 << 20, peers: { maxFrameBytes: 1 << 20 } }]
  ] as const)("does not start with a wrong %s", ([option, wrong]) =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(alone(makePlace()).start(1, wrong))
      expect(error).toMatchObject({ _tag: "NodeOptionInvalid", option })
    })
  )

  it.live("forgets whole segments that its snapshots cover", () =>
    Effect.gen(function* () {
      const place = makePlace()
      const cluster = alone(place, { settings: { keepBlocks: 2, snapshotBytes: 100_000 }, segmentBytes: 20_000 })
      const node = yield* cluster.start(1)
      for (let i = 0; i < 400; i++) yield* put(node, `k${i % 10}`, "x".repeat(1000))
      yield* until(() => place.disks.get(1)!.bytes() < 200_000)
      yield* cluster.kill(1)
      const again = yield* cluster.start(1)
      expect(yield* read(again, "k9")).toBe("x".repeat(1000))
      yield* add(again, "n")
      yield* cluster.end
    })
  )
})
