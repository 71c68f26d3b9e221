import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { makeMemoryDisk, type MemoryDisk, MemoryNetwork } from "../../../../adapters/memory/index.ts"
import { add, local, NodeCluster, type Place, until, voter } from "./NodeCluster.ts"

/** A place where nodes find their disks again. */
const makePlace = (): Place & { readonly disks: Map<number, MemoryDisk> } => {
  const disks = new Map<number, MemoryDisk>()
  const diskOf = (id: number): MemoryDisk => disks.get(id) ?? disks.set(id, makeMemoryDisk()).get(id)!
  return {
    network: MemoryNetwork.make(),
    addressOf: (id) => ({ host: "memory", port: 7000 + id }),
    disk: (id) => Effect.sync(() => diskOf(id)),
    cut: () => {},
    electionMs: 100,
    disks
  }
}

const three = [voter(1), voter(2), voter(3)]

describe("the founders of a cluster", () => {
  it.live("tell two clusters apart, whatever their nodes are started with later", () =>
    Effect.gen(function* () {
      const cluster = new NodeCluster(makePlace(), three)
      const alone = yield* cluster.start(1, { members: [voter(1)] })
      yield* add(alone, "n", 100)
      yield* cluster.stop(1)
      const [two] = [yield* cluster.start(2), yield* cluster.start(3)]
      yield* add(two, "n", 1)
      const one = yield* cluster.start(1)
      const refused = (id: number, peer: number): boolean => {
        const link = cluster
          .node(id)
          .status()
          .peers.find((status) => status.id === peer)
        return link?.lastError?.reason === "OtherFounders"
      }
      yield* until(() => refused(1, 2) && refused(1, 3) && refused(2, 1) && refused(3, 1))
      yield* add(two, "n", 1)
      yield* add(one, "n", 100)
      yield* until(() => local(cluster.node(3), "n") === "2")
      expect([local(one, "n"), local(two, "n")]).toEqual(["200", "2"])
      expect(one.status().configuration.members.map(({ id }) => id)).toEqual([1])
      yield* cluster.end
    })
  )

  it.live("are learnt by a node that joins, which then belongs to them also after a restart", () =>
    Effect.gen(function* () {
      const place = makePlace()
      const cluster = new NodeCluster(place, three)
      const metaOf = (id: number) => {
        const disk = place.disks.get(id)!
        return Effect.map(disk.read("meta.json", 0, 1000), (bytes): unknown =>
          JSON.parse(new TextDecoder().decode(bytes))
        )
      }
      yield* cluster.startAll
      yield* cluster.start(4)
      const leader = yield* cluster.leader
      yield* add(leader, "n")
      yield* leader.changeMembers([...three, voter(4)])
      yield* until(() => local(cluster.node(4), "n") === "1")
      for (const id of [1, 4]) expect(yield* metaOf(id)).toMatchObject({ begun: true, founders: "1 2 3" })
      yield* cluster.end
      const other = new NodeCluster(place, [voter(5)])
      yield* other.start(5)
      const four = yield* other.start(4)
      yield* until(() =>
        four.status().peers.some(({ id, lastError }) => id === 5 && lastError?.reason === "OtherFounders")
      )
      yield* other.end
    })
  )

  it.live("are those whom the first records name, also where the first start was cut short behind them", () =>
    Effect.gen(function* () {
      const disk = makeMemoryDisk()
      let renames = 0
      const cutShort = {
        ...disk,
        rename: (from: string, to: string) =>
          Effect.suspend(() => (++renames === 2 ? disk.rename("nothing", to) : disk.rename(from, to)))
      }
      const cluster = new NodeCluster({ ...makePlace(), disk: () => Effect.succeed(cutShort) }, three)
      yield* Effect.flip(cluster.start(1))
      const one = yield* cluster.start(1, { members: [voter(1)] })
      expect(one.status().configuration.members.map(({ id }) => id)).toEqual([1, 2, 3])
      expect(new TextDecoder().decode(yield* disk.read("meta.json", 0, 1000))).toContain('"founders":"1 2 3"')
      yield* cluster.end
    })
  )

  it.live("of whom the disk does not take note stop the node that hears of them", () =>
    Effect.gen(function* () {
      const place = makePlace()
      const disk = makeMemoryDisk()
      let fails = false
      const failing = {
        ...disk,
        rename: (from: string, to: string) =>
          Effect.suspend(() =>
            fails ? Effect.andThen(disk.remove("nothing"), disk.rename("nothing", to)) : disk.rename(from, to)
          )
      }
      const joining = new NodeCluster({ ...place, disk: () => Effect.succeed(failing) }, three)
      const four = yield* joining.start(4)
      fails = true
      const cluster = new NodeCluster(place, [voter(1)])
      yield* cluster.start(1)
      expect(yield* Effect.flip(four.join)).toMatchObject({ _tag: "NodeStopped", cause: { _tag: "DiskError" } })
      yield* joining.end
      yield* cluster.end
    })
  )
})
