import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { makeMemoryDisk } from "../../../../adapters/memory/index.ts"
import { sameBytes } from "../../../../core/bytes/index.ts"
import { type Disk, DiskError } from "../../../../core/ports/index.ts"
import { openSnapshots } from "../../../../core/storage/index.ts"

const bytes = (...values: ReadonlyArray<number>): Uint8Array => Uint8Array.from(values)
const hex = (value: Uint8Array): string => Array.from(value, (byte) => byte.toString(16).padStart(2, "0")).join("")
const large = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => i * 7)
const open = (disk: Disk) => Effect.map(openSnapshots(disk, "snapshots"), ({ files }) => files)
const names = (disk: Disk) => Effect.map(disk.list("snapshots"), (entries) => entries.map(({ name }) => name))

const name = bytes(1, 2)

describe("snapshot files", () => {
  it.effect("have none in an empty folder", () =>
    Effect.gen(function* () {
      const files = yield* open(makeMemoryDisk())
      expect(files.newest).toBeUndefined()
      expect(yield* Effect.flip(files.read(1, 0, 1))).toMatchObject({ _tag: "SnapshotFailed", reason: "Gone" })
    })
  )

  it.effect("give back what was kept, from any offset, also when they are opened again", () =>
    Effect.gen(function* () {
      const disk = makeMemoryDisk()
      const content = large(3_000_000)
      const first = yield* open(disk)
      yield* first.keep(7, name, content)
      for (const files of [first, yield* open(disk)]) {
        expect(files.newest).toEqual({ rank: 7, name, size: content.length })
        expect(sameBytes(yield* files.read(7, 0, 4_000_000), content)).toBe(true)
        expect(yield* files.read(7, 2_999_990, 100)).toEqual(content.subarray(2_999_990))
        expect(yield* files.read(7, 3_000_000, 100)).toEqual(bytes())
      }
    })
  )

  it.effect("are this file, and will be", () =>
    Effect.gen(function* () {
      const disk = makeMemoryDisk()
      const files = yield* open(disk)
      yield* files.keep(258, name, bytes(10, 11, 12))
      expect(yield* names(disk)).toEqual(["00000000000000000258.snapshot"])
      expect(hex(yield* disk.read("snapshots/00000000000000000258.snapshot", 0, 100))).toBe(
        "6f64736e000100000000000001020000000000000003f3ea6b4300000002010234538d370a0b0c"
      )
    })
  )

  it.effect("keep a snapshot of no bytes", () =>
    Effect.gen(function* () {
      const disk = makeMemoryDisk()
      yield* (yield* open(disk)).keep(1, bytes(), bytes())
      const files = yield* open(disk)
      expect(files.newest).toEqual({ rank: 1, name: bytes(), size: 0 })
      expect(yield* files.read(1, 0, 10)).toEqual(bytes())
    })
  )

  it.effect("keep only the newest, and never an older one in its place", () =>
    Effect.gen(function* () {
      const disk = makeMemoryDisk()
      const files = yield* open(disk)
      yield* files.keep(5, name, bytes(5))
      yield* files.keep(8, name, bytes(8))
      for (const rank of [8, 6]) {
        expect(yield* Effect.flip(files.keep(rank, name, bytes(1)))).toMatchObject({ reason: "Superseded", rank })
      }
      expect(yield* names(disk)).toEqual(["00000000000000000008.snapshot"])
      expect(yield* files.read(8, 0, 9)).toEqual(bytes(8))
      expect(yield* Effect.flip(files.read(5, 0, 9))).toMatchObject({ reason: "Gone" })
    })
  )

  it.effect("take one that arrives in pieces, while another is kept", () =>
    Effect.gen(function* () {
      const disk = makeMemoryDisk()
      const files = yield* open(disk)
      const piece = { rank: 9, name, size: 5 }
      yield* files.write({ ...piece, offset: 0, bytes: bytes(1, 2) })
      yield* files.keep(4, name, bytes(4))
      yield* files.write({ ...piece, offset: 2, bytes: bytes(3, 4, 5) })
      expect(files.newest?.rank).toBe(4)
      yield* files.install(9)
      expect(yield* files.read(9, 0, 9)).toEqual(bytes(1, 2, 3, 4, 5))
      expect(yield* names(disk)).toEqual(["00000000000000000009.snapshot"])
    })
  )

  it.effect("refuse one that arrives and is older by then", () =>
    Effect.gen(function* () {
      const disk = makeMemoryDisk()
      const files = yield* open(disk)
      yield* files.write({ rank: 3, name, size: 1, offset: 0, bytes: bytes(1) })
      yield* files.keep(4, name, bytes(4))
      expect(yield* Effect.flip(files.install(3))).toMatchObject({ reason: "Superseded" })
      expect(yield* names(disk)).toEqual(["00000000000000000004.snapshot"])
    })
  )

  it.effect("refuse pieces that do not follow, and what is not all there", () =>
    Effect.gen(function* () {
      const disk = makeMemoryDisk()
      const files = yield* open(disk)
      const piece = { rank: 9, name, size: 4, bytes: bytes(1, 2) }
      const reason = (piece: Parameters<typeof files.write>[0]) =>
        Effect.map(Effect.flip(files.write(piece)), (error) => error.reason)
      expect(yield* reason({ ...piece, offset: 2 })).toBe("OutOfOrder")
      expect((yield* Effect.flip(files.install(9))).reason).toBe("Gone")
      yield* files.write({ ...piece, offset: 0 })
      expect(yield* reason({ ...piece, offset: 1 })).toBe("OutOfOrder")
      expect(yield* reason({ ...piece, offset: 2, rank: 10 })).toBe("OutOfOrder")
      expect(yield* reason({ ...piece, offset: 2, name: bytes(9) })).toBe("OutOfOrder")
      expect(yield* reason({ ...piece, offset: 2, bytes: bytes(1, 2, 3) })).toBe("OutOfOrder")
      expect((yield* Effect.flip(files.install(9))).reason).toBe("Incomplete")
      yield* files.write({ ...piece, offset: 2 })
      yield* files.install(9)
      expect(files.newest?.rank).toBe(9)
    })
  )

  it.effect("begin one anew that is sent from its beginning again", () =>
    Effect.gen(function* () {
      const disk = makeMemoryDisk()
      const files = yield* open(disk)
      const piece = { rank: 9, name, size: 2 }
      yield* files.write({ ...piece, offset: 0, bytes: bytes(1) })
      yield* files.write({ ...piece, offset: 0, bytes: bytes(7) })
      yield* files.write({ ...piece, offset: 1, bytes: bytes(8) })
      expect((yield* names(disk)).length).toBe(1)
      yield* files.install(9)
      expect(yield* files.read(9, 0, 9)).toEqual(bytes(7, 8))
    })
  )

  it.effect("give up a part on a full disk with its bytes, and keep the newest and work on", () =>
    Effect.gen(function* () {
      const disk = makeMemoryDisk({ maxBytes: 1000 })
      const files = yield* open(disk)
      yield* files.keep(1, name, large(400))
      const error = yield* Effect.flip(files.keep(2, name, large(900)))
      expect(error).toMatchObject({ reason: "DiskFailed", cause: { reason: "Full" } })
      yield* files.write({ rank: 3, name, size: 900, offset: 0, bytes: large(100) })
      yield* Effect.flip(files.write({ rank: 3, name, size: 900, offset: 100, bytes: large(800) }))
      expect(yield* names(disk)).toEqual(["00000000000000000001.snapshot"])
      expect((yield* Effect.flip(files.install(3))).reason).toBe("Gone")
      yield* files.keep(4, name, large(500))
      expect(yield* files.read(4, 0, 1000)).toEqual(large(500))
    })
  )

  it.effect("do not publish what the disk gives back otherwise than it was written", () =>
    Effect.gen(function* () {
      const memory = makeMemoryDisk()
      const disk: Disk = {
        ...memory,
        write: (path, position, chunks) =>
          memory.write(path, position, position === 0 ? chunks : chunks.map((chunk) => chunk.map((byte) => byte ^ 1)))
      }
      const files = yield* open(disk)
      expect(yield* Effect.flip(files.keep(1, name, bytes(1)))).toMatchObject({ reason: "Wrong" })
      expect(files.newest).toBeUndefined()
      expect(yield* names(disk)).toEqual([])
    })
  )

  it.effect("write nothing any more after a sync that has failed, and go on reading", () =>
    Effect.gen(function* () {
      const memory = makeMemoryDisk()
      let fails = false
      let writes = 0
      const disk: Disk = {
        ...memory,
        write: (path, position, chunks) => {
          writes++
          return memory.write(path, position, chunks)
        },
        sync: (path) =>
          fails
            ? Effect.fail(new DiskError({ reason: "Io", operation: "sync", path, message: "It is made to fail." }))
            : memory.sync(path)
      }
      const files = yield* open(disk)
      yield* files.keep(1, name, bytes(1))
      fails = true
      expect(yield* Effect.flip(files.keep(2, name, bytes(2)))).toMatchObject({ reason: "SyncFailed" })
      fails = false
      writes = 0
      expect(yield* Effect.flip(files.keep(3, name, bytes(3)))).toMatchObject({ reason: "SyncFailed", rank: 3 })
      expect(yield* Effect.flip(files.install(3))).toMatchObject({ reason: "SyncFailed" })
      expect(writes).toBe(0)
      expect(yield* files.read(1, 0, 1)).toEqual(bytes(1))
    })
  )
})
