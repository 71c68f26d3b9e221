import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { killed, makeMemoryDisk, powerCut } from "../../../adapters/memory/index.ts"
import { openDataFolder } from "../../../core/storage/index.ts"

const text = new TextEncoder()

describe("a data folder", () => {
  it.effect("remembers the cluster it was made for", () =>
    Effect.gen(function* () {
      const disk = makeMemoryDisk()
      const made = yield* Effect.scoped(openDataFolder(disk, "first"))
      expect(made).toEqual({ clusterId: "first", format: 1 })
      expect(yield* Effect.scoped(openDataFolder(disk, "second"))).toEqual(made)
    })
  )

  it.effect("is opened by one at a time", () =>
    Effect.gen(function* () {
      const disk = makeMemoryDisk()
      yield* openDataFolder(disk, "first")
      const refused = yield* Effect.flip(Effect.scoped(openDataFolder(disk, "first")))
      expect(refused).toMatchObject({ _tag: "DiskError", reason: "Locked" })
    })
  )

  it.effect("of another format, of no format, or with foreign folders is refused and left as it is", () =>
    Effect.gen(function* () {
      for (const [meta, reason] of [
        ['{"format":2,"clusterId":"c"}', "UnknownFormat"],
        ['{"clusterId":"c"}', "Unreadable"],
        ['{"format":1,"clusterId":7}', "Unreadable"],
        ["", "Unreadable"],
        [undefined, "Foreign"]
      ] as const) {
        const disk = makeMemoryDisk()
        yield* disk.makeFolder("orders-0")
        if (meta !== undefined) yield* disk.write("meta.json", 0, [text.encode(meta)])
        const before = yield* disk.list("")
        const error = yield* Effect.flip(Effect.scoped(openDataFolder(disk, "c")))
        expect(error).toMatchObject({ _tag: "DataFolderRefused", reason })
        expect(yield* disk.list("")).toEqual(before)
      }
    })
  )

  it.effect("whose making was cut short at any step is made when it is opened again", () =>
    Effect.gen(function* () {
      for (let at = 0; at < 200; at++) {
        const disk = makeMemoryDisk({ crashable: true })
        disk.crashAfter(at)
        const made = yield* Effect.exit(Effect.scoped(openDataFolder(disk, "first")))
        for (const survival of [killed, powerCut]) {
          const left = disk.crashed(survival)
          const opened = yield* Effect.scoped(openDataFolder(left, "second"))
          if (made._tag === "Success") expect(opened.clusterId).toBe("first")
        }
        if (made._tag === "Success") return
      }
      expect.unreachable()
    })
  )

  it.effect("keeps the cluster id that it was opened with, also where a kill has cut its making short", () =>
    Effect.gen(function* () {
      for (let at = 0; at < 200; at++) {
        const first = makeMemoryDisk({ crashable: true })
        first.crashAfter(at)
        const made = yield* Effect.exit(Effect.scoped(openDataFolder(first, "first")))
        const disk = first.crashed(killed)
        const { clusterId } = yield* Effect.scoped(openDataFolder(disk, "second"))
        const left = disk.crashed(powerCut)
        expect((yield* Effect.scoped(openDataFolder(left, "third"))).clusterId).toBe(clusterId)
        if (made._tag === "Success") return
      }
      expect.unreachable()
    })
  )
})
