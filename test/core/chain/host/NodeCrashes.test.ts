import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Logger from "effect/Logger"
import * as Ref from "effect/Ref"
import { makeMemoryDisk, type MemoryDisk, MemoryNetwork, type Survival } from "../../../../adapters/memory/index.ts"
import { KeyValues } from "../../../../core/chain/index.ts"
import { makePrng, type Prng } from "../../../../core/simulation/index.ts"
import { NodeCluster, persistently, type Place, read, until, voter } from "./NodeCluster.ts"

/** What a power cut leaves: any part of each write that was not synced, and new names or not. */
const survivalOf = (random: Prng): Survival => ({
  bytes: (_, unsynced) => random.below(unsynced + 1),
  entries: random.chance(50) ? "last" : "synced"
})

/** Disks that break down in the middle of whatever they do, and of which the next life finds a part. */
const makePlace = (random: Prng) => {
  const disks = new Map<number, MemoryDisk>()
  const disk = (id: number): MemoryDisk => {
    const made = disks.get(id) ?? makeMemoryDisk({ crashable: true })
    disks.set(id, made)
    return made
  }
  const place: Place = {
    network: MemoryNetwork.make(),
    addressOf: (id) => ({ host: "memory", port: 7000 + id }),
    disk: (id) => Effect.succeed(disk(id)),
    cut: (id) => void disks.set(id, disk(id).crashed(survivalOf(random))),
    electionMs: 300
  }
  return { place, breakDown: (id: number, steps: number) => disk(id).crashAfter(steps) }
}

/** Nodes say that their disks have failed, which is no news here. */
const silent = Logger.layer([])

const one = KeyValues.command({ _tag: "Add", key: "n", amount: 1 })

describe("a cluster whose disks break down one after the other, in the middle of a write", () => {
  it.live.each([1, 2, 3])("keeps what it has acknowledged, and nothing twice (seed %i)", (seed) =>
    Effect.gen(function* () {
      const random = makePrng(seed)
      const { breakDown, place } = makePlace(random)
      const settings = { keepBlocks: 5, snapshotBytes: 12_000, chunkBytes: 64 }
      const cluster = new NodeCluster(place, [voter(1), voter(2), voter(3)], { settings, segmentBytes: 1000 })
      yield* cluster.startAll
      yield* cluster.leader

      const done = yield* Ref.make(0)
      const unknown = yield* Ref.make(0)
      const proposals = Effect.forever(
        Effect.suspend(() => {
          const node = random.pick(cluster.nodes)
          return node.propose(one, { timeoutMs: 400 }).pipe(
            Effect.andThen(Ref.update(done, (count) => count + 1)),
            Effect.catch((error) =>
              error._tag === "ProposalRefused" ? Effect.sleep(5) : Ref.update(unknown, (count) => count + 1)
            )
          )
        })
      )
      const proposers = yield* Effect.forEach([1, 2, 3], () => Effect.forkChild(proposals))

      for (let round = 0; round < 8; round++) {
        const id = random.pick([1, 2, 3])
        breakDown(id, random.below(2000))
        yield* until(() => cluster.node(id).status().stopped)
        yield* cluster.kill(id)
        yield* cluster.start(id)
        yield* cluster.leader
      }
      yield* Effect.forEach(proposers, Fiber.interrupt)

      const counts = yield* Effect.forEach(cluster.nodes, (node) => read(node, "n"))
      const count = Number(counts.at(-1))
      const acknowledged = yield* Ref.get(done)
      expect(acknowledged).toBeGreaterThan(20)
      expect(count).toBeGreaterThanOrEqual(acknowledged)
      // Of each proposer one more may have been under way when it was interrupted.
      expect(count).toBeLessThanOrEqual(acknowledged + (yield* Ref.get(unknown)) + proposers.length)
      yield* persistently(cluster.nodes[0]!.propose(one, { timeoutMs: 2000 }))
      yield* cluster.end
    }).pipe(Effect.provide(silent))
  )
})
