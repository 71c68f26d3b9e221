import * as Effect from "effect/Effect"
import { expect } from "vitest"
import { KeyValues } from "../../../../core/chain/index.ts"
import { add, local, NodeCluster, persistently, type Place, put, read, until, voter } from "./NodeCluster.ts"

const three = [voter(1), voter(2), voter(3)]

interface Case {
  readonly name: string
  readonly run: (place: Place) => Effect.Effect<void, unknown>
}

const test = (
  name: string,
  body: (cluster: NodeCluster, place: Place) => Effect.Effect<void, unknown>,
  options: ConstructorParameters<typeof NodeCluster>[2] = {}
): Case => ({
  name,
  run: (place) => {
    const cluster = new NodeCluster(place, three, options)
    return Effect.ensuring(body(cluster, place), cluster.end)
  }
})

/** What nodes must do on any disk and network. */
export const nodeContract: ReadonlyArray<Case> = [
  test("three nodes elect a leader, and what is proposed anywhere is read everywhere", (cluster) =>
    Effect.gen(function* () {
      const nodes = yield* cluster.startAll
      for (const node of nodes) yield* add(node, "n")
      for (const node of nodes) expect(Number(yield* read(node, "n"))).toBeGreaterThanOrEqual(3)
      const positions = new Set<number>()
      for (const node of nodes) positions.add((yield* put(node, "k", `by ${node.id}`)).position)
      expect(positions.size).toBe(3)
      yield* until(() => nodes.every((node) => local(node, "k") === "by 3"))
    })),

  test("what was acknowledged outlives the leader, and the leader comes back", (cluster) =>
    Effect.gen(function* () {
      yield* cluster.startAll
      const { id } = yield* cluster.leader
      for (let i = 0; i < 20; i++) yield* put(cluster.node(id), `k${i}`, `v${i}`)
      yield* cluster.kill(id)
      const next = yield* cluster.leader
      expect(next.id).not.toBe(id)
      for (let i = 0; i < 20; i++) expect(yield* read(next, `k${i}`)).toBe(`v${i}`)
      yield* put(next, "after", "x")
      const again = yield* cluster.start(id)
      yield* until(() => local(again, "after") === "x")
      expect(local(again, "k19")).toBe("v19")
    })),

  test("a cluster that was ended everywhere at once goes on where it was", (cluster) =>
    Effect.gen(function* () {
      yield* cluster.startAll
      const leader = yield* cluster.leader
      const { position } = yield* put(leader, "k", "v")
      for (const id of [1, 2, 3]) yield* cluster.kill(id)
      const nodes = yield* cluster.startAll
      expect(yield* read(nodes[0]!, "k")).toBe("v")
      expect((yield* put(nodes[1]!, "k", "w")).position).toBeGreaterThan(position)
    })),

  test("commands of a session are applied once each while leaders are killed", (cluster) =>
    Effect.gen(function* () {
      yield* cluster.startAll
      const survivor = yield* cluster.follower
      const session = yield* persistently(survivor.openSession({ timeoutMs: 2000 }))
      const one = KeyValues.command({ _tag: "Add", key: "n", amount: 1 })
      const work = Effect.forEach(
        Array.from({ length: 60 }),
        () => Effect.andThen(session.propose(one, { timeoutMs: 20_000 }), Effect.sleep(5)),
        { discard: true }
      )
      const kills = Effect.gen(function* () {
        for (let round = 0; round < 2; round++) {
          const leader = yield* cluster.leader
          if (leader.id === survivor.id) {
            yield* Effect.sleep(50)
            continue
          }
          yield* cluster.kill(leader.id)
          yield* cluster.leader
          yield* cluster.start(leader.id)
        }
      })
      yield* Effect.all([work, kills], { concurrency: 2 })
      expect(yield* read(survivor, "n")).toBe("60")
    })),

  test(
    "a node that was away for long gets a snapshot, and goes on from it also after a restart",
    (cluster, { addressOf }) =>
      Effect.gen(function* () {
        yield* cluster.startAll
        const away = (yield* cluster.follower).id
        yield* cluster.stop(away)
        const leader = yield* cluster.leader
        for (let i = 0; i < 30; i++) yield* put(leader, `k${i}`, `v${i}`.repeat(50))
        yield* leader.takeSnapshot
        yield* until(() => leader.status().base.counter > 20)
        // What still waits for the node at its old place would spare it the snapshot.
        for (const node of cluster.nodes) {
          node.place(away, { ...addressOf(away), port: 1 })
          node.place(away, addressOf(away))
        }
        const back = yield* cluster.start(away)
        yield* until(() => local(back, "k29") === "v29".repeat(50))
        yield* until(() => back.status().snapshot !== undefined)
        expect(local(back, "k0")).toBe("v0".repeat(50))
        yield* cluster.kill(away)
        const again = yield* cluster.start(away)
        expect(again.status().snapshot?.counter).toBeGreaterThan(20)
        expect(local(again, "k0")).toBe("v0".repeat(50))
        yield* put(leader, "last", "x")
        yield* until(() => local(again, "last") === "x")
      }),
    { settings: { keepBlocks: 2, chunkBytes: 1000 } }
  ),

  test("a node joins and another leaves, while the cluster is asked", (cluster) =>
    Effect.gen(function* () {
      yield* cluster.startAll
      yield* put(yield* cluster.leader, "k", "v")
      const four = yield* cluster.start(4)
      expect(four.status().configuration.members).toEqual([])
      const change = (ids: ReadonlyArray<number>) =>
        persistently(
          Effect.flatMap(cluster.leader, (leader) =>
            leader.changeMembers(
              ids.map((id) => voter(id)),
              { timeoutMs: 5000 }
            )
          )
        )
      yield* change([1, 2, 3, 4])
      yield* until(() => local(four, "k") === "v")
      const gone = (yield* cluster.leader).id
      yield* change([1, 2, 3, 4].filter((id) => id !== gone))
      yield* cluster.stop(gone)
      const leader = yield* cluster.leader
      expect(leader.status().configuration.members.map(({ id }) => id)).toEqual(
        [1, 2, 3, 4].filter((id) => id !== gone)
      )
      yield* put(leader, "k", "w")
      yield* until(() => local(four, "k") === "w")
    })),

  test("the leadership goes to the node that it is handed to", (cluster) =>
    Effect.gen(function* () {
      yield* cluster.startAll
      yield* put(yield* cluster.leader, "k", "v")
      const target = (yield* cluster.follower).id
      const handOver = Effect.gen(function* () {
        yield* (yield* cluster.leader).transfer(target, { timeoutMs: 3000 })
        return (yield* cluster.leader).id === target ? target : yield* Effect.fail("another was elected meanwhile")
      })
      expect(yield* persistently(handOver)).toBe(target)
    }))
]
