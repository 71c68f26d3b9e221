import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import { makeMemoryDisk, MemoryNetwork } from "../../../../adapters/memory/index.ts"
import { type Disk, DiskError } from "../../../../core/ports/index.ts"
import { add, NodeCluster, type Place, put, until, voter } from "./NodeCluster.ts"

/** A disk on which one operation fails wherever snapshots are. */
const failing = (operation: "sync" | "syncFolder" | "write", fails: () => boolean): Disk => {
  const disk = makeMemoryDisk()
  const broken = (path: string) => {
    const message = `${operation} of ${path} is made to fail.`
    return new DiskError({ reason: "Io", operation, path, message })
  }
  const unless = <A>(name: string, path: string, run: Effect.Effect<A, DiskError>) =>
    Effect.suspend(() =>
      name === operation && path.startsWith("snapshots") && fails() ? Effect.fail(broken(path)) : run
    )
  return {
    ...disk,
    write: (path, position, chunks) => unless("write", path, disk.write(path, position, chunks)),
    sync: (path) => unless("sync", path, disk.sync(path)),
    syncFolder: (path) => unless("syncFolder", path, disk.syncFolder(path))
  }
}

const placeWith = (disk: (id: number) => Disk): Place => ({
  network: MemoryNetwork.make(),
  addressOf: (id) => ({ host: "memory", port: 7000 + id }),
  disk: (id) => Effect.succeed(disk(id)),
  cut: () => {},
  electionMs: 400
})

/** Nodes say that their disks have failed, which is no news here. */
const silent = Logger.layer([])
const settings = { electionMs: 20, spreadMs: 10, heartbeatMs: 5 }

describe("a node whose snapshot fails", () => {
  it.live.each(["sync", "syncFolder"] as const)("by a %s stops, as it does where its records are", (operation) =>
    Effect.gen(function* () {
      let fails = false
      const disk = failing(operation, () => fails)
      const cluster = new NodeCluster(
        placeWith(() => disk),
        [voter(1)],
        { settings }
      )
      const node = yield* cluster.start(1)
      yield* put(node, "k", "v")
      fails = true
      yield* node.takeSnapshot
      const error = yield* Effect.flip(node.join)
      expect(error.message).toContain("a sync has failed")
      expect(node.status().stopped).toBe(true)
      yield* cluster.end
    }).pipe(Effect.provide(silent))
  )

  it.live("by a write goes on, and takes the next one", () =>
    Effect.gen(function* () {
      let fails = 1
      const disk = failing("write", () => fails-- > 0)
      const cluster = new NodeCluster(
        placeWith(() => disk),
        [voter(1)],
        { settings }
      )
      const node = yield* cluster.start(1)
      yield* put(node, "k", "v")
      yield* node.takeSnapshot
      yield* until(() => fails === 0)
      yield* add(node, "n")
      yield* node.takeSnapshot
      yield* until(() => node.status().snapshot !== undefined)
      expect(node.status().stopped).toBe(false)
      yield* cluster.end
    }).pipe(Effect.provide(silent))
  )

  it.live("by a sync while it is installed stops, and does not ask for it again for ever", () =>
    Effect.gen(function* () {
      const whole = makeMemoryDisk()
      const broken = failing("sync", () => true)
      const members = [voter(1), voter(2, "Learner")]
      const cluster = new NodeCluster(
        placeWith((id) => (id === 1 ? whole : broken)),
        members,
        { settings: { ...settings, keepBlocks: 0, snapshotBytes: 10 } }
      )
      const leader = yield* cluster.start(1)
      yield* put(leader, "k", "v".repeat(100))
      yield* until(() => leader.status().base.counter > 1)
      const behind = yield* cluster.start(2)
      const error = yield* Effect.flip(behind.join)
      expect(error.message).toContain("a sync has failed")
      yield* cluster.end
    }).pipe(Effect.provide(silent))
  )
})
