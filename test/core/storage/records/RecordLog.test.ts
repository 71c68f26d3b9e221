import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { makeMemoryDisk } from "../../../../adapters/memory/index.ts"
import { type Disk, DiskError } from "../../../../core/ports/index.ts"
import { markerFile, openRecordLog, segmentFile } from "../../../../core/storage/index.ts"
import { append, filesOf, history, open, wordsOf } from "./RecordHistory.ts"

const hex = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")

const said = Effect.fnUntraced(function* (disk: Disk) {
  const { log } = yield* open(disk)
  for (const [at, words] of history.entries()) yield* append(log, at + 1, ...words)
  return log
})

/** The disk, with each change seen before it is done; a failure that `see` answers with is what happens instead. */
const watched = (disk: Disk, see: (operation: string, path: string) => DiskError | undefined): Disk => {
  const before = <A>(operation: string, path: string, effect: Effect.Effect<A, DiskError>) =>
    Effect.suspend(() => {
      const failure = see(operation, path)
      return failure === undefined ? effect : Effect.fail(failure)
    })
  return {
    ...disk,
    write: (path, position, chunks) => before("write", path, disk.write(path, position, chunks)),
    sync: (path) => before("sync", path, disk.sync(path)),
    syncFolder: (path) => before("syncFolder", path, disk.syncFolder(path)),
    remove: (path) => before("remove", path, disk.remove(path))
  }
}

const broken = (operation: string, path: string) =>
  new DiskError({ reason: "Io", operation, path, message: `${operation} of ${path} is made to fail.` })

describe("a record log", () => {
  it.effect("is found as it was left: all records in order, each segment begun by its preamble", () =>
    Effect.gen(function* () {
      const disk = makeMemoryDisk()
      const { segments, synced } = yield* said(disk)
      const found = yield* open(disk)
      const appended = [history.slice(0, 2), [history[2]!], history.slice(3, 5), [history[5]!], [history[6]!]]
      expect(wordsOf(found)).toEqual(appended.flatMap((words) => ["preamble", ...words.flat()]))
      expect(found.log.segments).toEqual(segments)
      expect(found.log.synced).toBe(synced)
      expect(found.cut).toBeUndefined()
    })
  )

  it.effect("goes on where it ended", () =>
    Effect.gen(function* () {
      const disk = makeMemoryDisk()
      yield* said(disk)
      yield* append((yield* open(disk)).log, 9, "i")
      const found = yield* open(disk)
      expect(wordsOf(found).slice(-2)).toEqual(["h", "i"])
      expect(found.log.segments.at(-1)?.mark).toBe(9)
    })
  )

  it.effect("is these files, and will be", () =>
    Effect.gen(function* () {
      const disk = makeMemoryDisk()
      const { log } = yield* open(disk)
      yield* append(log, 5, "a", "b")
      yield* append(log, 6, "c")
      yield* log.settle
      const files = yield* filesOf(disk)
      expect(Object.keys(files)).toEqual(["00000000000000000000.records", "marker"])
      expect(hex(files["00000000000000000000.records"]!)).toBe(
        "83517d410000001600000000000000000000000000000000000000000000000500000008707265616d626c650000000161000000016266ba5a3c000000050000000000000036000000000000003600000000000000060000000163"
      )
      expect(hex(files["marker"]!.subarray(0, 34))).toBe(
        "6f64726d0001000000000000000000000000000000000000000000000000039e12d4"
      )
      expect(hex(files["marker"]!.subarray(4096, 4130))).toBe(
        "6f64726d00010000000000000001000000000000005b0000000000000000596f9a67"
      )
      expect(hex(files["marker"]!.subarray(8192))).toBe(
        "6f64726d00010000000000000001000000000000005b0000000000000000596f9a67"
      )
    })
  )

  it.effect("takes an append that is longer than a segment", () =>
    Effect.gen(function* () {
      const disk = makeMemoryDisk()
      const { log } = yield* open(disk)
      yield* append(log, 1, "x".repeat(1000))
      yield* append(log, 2, "y")
      expect(wordsOf(yield* open(disk))).toEqual(["preamble", "x".repeat(1000), "preamble", "y"])
    })
  )

  it.effect("writes nothing for no records, and asks for no preamble", () =>
    Effect.gen(function* () {
      const disk = makeMemoryDisk()
      const { log } = yield* open(disk)
      yield* append(log, 1)
      expect(log.segments).toEqual([])
      expect(yield* filesOf(disk)).toHaveProperty("marker")
    })
  )

  it.effect("syncs each append before it has succeeded, and the folder when a file is new", () =>
    Effect.gen(function* () {
      const seen: Array<string> = []
      const disk = watched(makeMemoryDisk(), (operation, path) => void seen.push(`${operation} ${path}`))
      const { log } = yield* open(disk)
      seen.length = 0
      yield* append(log, 1, "a")
      yield* append(log, 1, "b")
      const file = segmentFile("records", 0)
      expect(seen).toEqual([`write ${file}`, `sync ${file}`, "syncFolder records", `write ${file}`, `sync ${file}`])
    })
  )

  it.effect("syncs the segment before a new one, when an append to it may still be on its way", () =>
    Effect.gen(function* () {
      const { plan } = yield* open(makeMemoryDisk())
      const preamble = () => []
      plan.append({ records: [new Uint8Array(100)], mark: 1, preamble })
      const { steps } = plan.append({ records: [new Uint8Array(100)], mark: 1, preamble })
      expect(steps[0]).toEqual({ _tag: "Sync", paths: [segmentFile("records", 0)] })
      expect(steps[1]).toMatchObject({ _tag: "Write", path: segmentFile("records", 136), position: 0 })
    })
  )

  it.effect("says once, when asked, how far it is synced, and syncs nothing for it", () =>
    Effect.gen(function* () {
      const seen: Array<string> = []
      const disk = watched(makeMemoryDisk(), (operation, path) => void seen.push(`${operation} ${path}`))
      const { log } = yield* open(disk)
      yield* append(log, 1, "a")
      seen.length = 0
      yield* log.settle
      yield* log.settle
      expect(seen).toEqual([`write ${markerFile("records")}`, `write ${markerFile("records")}`])
    })
  )

  it.effect("lets go of the first segments whose marks are covered, and never of the last", () =>
    Effect.gen(function* () {
      const disk = makeMemoryDisk()
      const log = yield* said(disk)
      const { segments } = log
      expect(segments.map(({ mark }) => mark)).toEqual([2, 3, 5, 6, 7])
      const bases = segments.map(({ base }) => base)
      yield* log.forget(1)
      expect(log.segments.map(({ base }) => base)).toEqual(bases)
      yield* log.forget(5)
      expect(log.segments.map(({ base }) => base)).toEqual(bases.slice(3))
      expect(wordsOf(yield* open(disk))).toEqual(["preamble", ...history[5]!, "preamble", ...history[6]!])
      yield* log.forget(100)
      expect(log.segments.map(({ base }) => base)).toEqual(bases.slice(4))
      expect(Object.keys(yield* filesOf(disk))).toHaveLength(2)
      yield* append(log, 8, "i")
      expect(wordsOf(yield* open(disk))).toEqual(["preamble", ...history[6]!, "i"])
    })
  )

  it.effect("keeps a segment until the one behind it is on the disk", () =>
    Effect.gen(function* () {
      const { plan } = yield* open(makeMemoryDisk())
      const preamble = () => []
      const first = plan.append({ records: [new Uint8Array(100)], mark: 1, preamble })
      const second = plan.append({ records: [new Uint8Array(100)], mark: 2, preamble })
      plan.confirm(first.end)
      expect(plan.forget(9)).toEqual([])
      plan.confirm(second.end)
      expect(plan.forget(9)).toContainEqual({ _tag: "Remove", path: segmentFile("records", 0) })
    })
  )

  it.effect("is in segments of 16 MiB unless told otherwise", () =>
    Effect.gen(function* () {
      const { plan } = yield* openRecordLog(makeMemoryDisk(), { folder: "a/b" })
      const preamble = () => []
      const record = new Uint8Array(1 << 20)
      for (let i = 0; i < 33; i++) plan.append({ records: [record], mark: 1, preamble })
      expect(plan.segments.map(({ size }) => size / (record.length + 36))).toEqual([15, 15, 3])
    })
  )

  it.effect("does appends that come at once one after the other", () =>
    Effect.gen(function* () {
      const disk = makeMemoryDisk()
      const { log } = yield* open(disk)
      yield* Effect.all(
        ["a", "b", "c"].map((word) => append(log, 1, word)),
        { concurrency: "unbounded" }
      )
      expect(wordsOf(yield* open(disk))).toEqual(["preamble", "a", "b", "c"])
    })
  )

  it.effect("is finished by the first sync that fails, and never syncs again", () =>
    Effect.gen(function* () {
      let fails = false
      const seen: Array<string> = []
      const disk = watched(makeMemoryDisk(), (operation, path) => {
        seen.push(operation)
        return fails && operation === "sync" ? broken(operation, path) : undefined
      })
      const { log } = yield* open(disk)
      yield* append(log, 1, "a")
      fails = true
      const first = yield* Effect.flip(append(log, 2, "b"))
      expect(first).toMatchObject({ _tag: "RecordLogFailed", reason: "SyncFailed", folder: "records" })
      fails = false
      seen.length = 0
      expect(yield* Effect.flip(append(log, 3, "c"))).toBe(first)
      expect(yield* Effect.flip(log.settle)).toBe(first)
      expect(yield* Effect.flip(log.forget(9))).toBe(first)
      expect(seen).toEqual([])
    })
  )

  it.effect("is finished by a full disk, and has all that was appended before when it is opened with room", () =>
    Effect.gen(function* () {
      const disk = makeMemoryDisk({ maxBytes: 8700 })
      const { log } = yield* open(disk)
      const succeeded: Array<string> = []
      const failed = yield* Effect.gen(function* () {
        for (let i = 0; ; i++) {
          yield* append(log, i, `record ${i}`)
          succeeded.push(`record ${i}`)
        }
      }).pipe(Effect.flip)
      expect(failed).toMatchObject({ reason: "WriteFailed", cause: { reason: "Full" } })
      expect(succeeded.length).toBeGreaterThan(2)
      const found = yield* open(disk)
      expect(wordsOf(found).filter((word) => word !== "preamble")).toEqual(succeeded)
    })
  )

  it.effect("writes again what no earlier sync is known to have brought to the disk", () =>
    Effect.gen(function* () {
      const memory = makeMemoryDisk()
      const { log } = yield* open(memory)
      yield* append(log, 1, "a")
      yield* append(log, 2, "b")
      const written: Array<string> = []
      const file = segmentFile("records", 0)
      const disk: Disk = {
        ...memory,
        write: (path, position, chunks) => {
          if (path === file) written.push(`${position}+${chunks.reduce((sum, { length }) => sum + length, 0)}`)
          return memory.write(path, position, chunks)
        },
        sync: (path) => {
          if (path === file) written.push("sync")
          return memory.sync(path)
        }
      }
      yield* open(disk)
      expect(written).toEqual(["49+37", "sync"])
      written.length = 0
      yield* open(disk)
      expect(written).toEqual(["86+0", "sync"])
    })
  )
})
