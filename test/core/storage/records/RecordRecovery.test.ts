import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { killed, makeMemoryDisk, type MemoryDisk, powerCut, type Survival } from "../../../../adapters/memory/index.ts"
import { markerFile, RecordLogDamaged, segmentFile } from "../../../../core/storage/index.ts"
import { append, filesOf, flipped, history, open, wordsOf } from "./RecordHistory.ts"

const folder = "records"

/** Appends that have succeeded and appends that have begun, up to the crash of the disk. */
const live = Effect.fnUntraced(function* (disk: MemoryDisk) {
  const succeeded: Array<string> = []
  const begun: Array<string> = []
  yield* Effect.gen(function* () {
    const { log } = yield* open(disk)
    for (const [at, words] of history.entries()) {
      begun.push(...words)
      yield* append(log, at + 1, ...words)
      succeeded.push(...words)
      if (at === 2 || at === 4) yield* log.settle
    }
  }).pipe(Effect.exit)
  return { succeeded, begun }
})

const survivals: ReadonlyArray<Survival> = [
  killed,
  powerCut,
  { bytes: () => 0, entries: "last" },
  { bytes: (_path, unsynced) => unsynced, entries: "last" },
  { bytes: (_path, unsynced) => unsynced >> 1, entries: "last" },
  { bytes: (path, unsynced) => (path.endsWith("marker") ? 0 : unsynced), entries: "last" },
  { bytes: (path, unsynced) => (path.endsWith("marker") ? unsynced : 0), entries: "last" }
]

const plain = (words: ReadonlyArray<string>): ReadonlyArray<string> => words.filter((word) => word !== "preamble")

/** Three segments, the last of two appends. */
const written = Effect.fnUntraced(function* (settled: boolean) {
  const disk = makeMemoryDisk()
  const { log } = yield* open(disk)
  for (const [at, words] of history.slice(0, 6).entries()) yield* append(log, at + 1, ...words)
  yield* append(log, 7, "h")
  yield* append(log, 8, "i")
  const { segments } = log
  if (settled) yield* log.settle
  return { disk, segments, words: wordsOf(yield* open(disk.crashed(killed))) }
})

const refused = Effect.fnUntraced(function* (disk: MemoryDisk) {
  const before = yield* filesOf(disk)
  const error = yield* Effect.flip(open(disk))
  expect(error).toBeInstanceOf(RecordLogDamaged)
  expect(yield* filesOf(disk)).toEqual(before)
  return error
})

describe("recovery of a record log", () => {
  it.effect("after a crash at any byte or step has all that had succeeded, no append in part, and goes on", () =>
    Effect.gen(function* () {
      for (let at = 0; ; at++) {
        const disk = makeMemoryDisk({ crashable: true })
        disk.crashAfter(at)
        const { begun, succeeded } = yield* live(disk)
        for (const survival of survivals) {
          const left = disk.crashed(survival)
          const { log, ...found } = yield* open(left)
          const words = plain(wordsOf({ log, ...found }))
          expect([succeeded, begun]).toContainEqual(words)
          yield* append(log, 99, "later")
          const after = yield* open(left)
          expect(plain(wordsOf(after))).toEqual([...words, "later"])
          expect(wordsOf(after).filter((word) => word === "preamble")).toHaveLength(after.log.segments.length)
        }
        if (succeeded.length === history.flat().length) return
      }
    })
  )

  it.effect("that is itself cut short at any byte or step loses nothing", () =>
    Effect.gen(function* () {
      const disk = makeMemoryDisk({ crashable: true })
      disk.crashAfter(5000)
      const { succeeded } = yield* live(disk)
      expect(succeeded.length).toBeGreaterThan(3)
      const torn = disk.crashed({ bytes: (_path, unsynced) => unsynced >> 1, entries: "last" })
      const words = wordsOf(yield* open(torn.crashed(killed)))
      for (let at = 0; ; at++) {
        const again = torn.crashed(killed)
        again.crashAfter(at)
        const ended = yield* Effect.exit(open(again))
        for (const survival of survivals) expect(wordsOf(yield* open(again.crashed(survival)))).toEqual(words)
        if (ended._tag === "Success") return
      }
    })
  )

  it.effect("that is cut short always has a marker left, also when the newest was never synced", () =>
    Effect.gen(function* () {
      const disk = makeMemoryDisk({ crashable: true })
      const { log } = yield* open(disk)
      yield* append(log, 1, "a")
      yield* log.settle
      for (let at = 0; ; at++) {
        const left = disk.crashed(killed)
        left.crashAfter(at)
        const ended = yield* Effect.exit(open(left))
        for (const survival of survivals) {
          expect(wordsOf(yield* open(left.crashed(survival)))).toEqual(["preamble", "a"])
        }
        if (ended._tag === "Success") return
      }
    })
  )

  it.effect("of forgotten segments, cut short at any step, has all that is needed", () =>
    Effect.gen(function* () {
      for (let at = 0; ; at++) {
        const disk = makeMemoryDisk({ crashable: true })
        yield* live(disk)
        const { log } = yield* open(disk)
        disk.crashAfter(at)
        const ended = yield* Effect.exit(log.forget(5))
        for (const survival of survivals) {
          const found = yield* open(disk.crashed(survival))
          expect(plain(wordsOf(found)).slice(-2)).toEqual(history.slice(5).flat())
          yield* found.log.forget(5)
          yield* append(found.log, 9, "later")
          expect(plain(wordsOf(yield* open(disk.crashed(survival)))).slice(-2)).toEqual(history.slice(5).flat())
        }
        if (ended._tag === "Success") return
      }
    })
  )

  it.effect("tells what it has cut off", () =>
    Effect.gen(function* () {
      const disk = makeMemoryDisk()
      const { log } = yield* open(disk)
      yield* append(log, 1, "a")
      const file = segmentFile(folder, 0)
      yield* disk.write(file, log.synced, [new Uint8Array(20)])
      const found = yield* open(disk)
      expect(found.cut).toEqual({
        file,
        position: log.synced,
        size: 20,
        detail: "a frame needs 32 bytes and 20 are there"
      })
      expect((yield* open(disk)).cut).toBeUndefined()
    })
  )

  it.effect("refuses every changed bit of a settled log, or loses nothing by it", () =>
    Effect.gen(function* () {
      const { disk, words } = yield* written(true)
      let refusals = 0
      for (const [name, bytes] of Object.entries(yield* filesOf(disk))) {
        const path = `${folder}/${name}`
        for (let bit = 0; bit < 8 * bytes.length; bit++) {
          if (path === markerFile(folder) && (bit >> 3) % 4096 > 34) continue
          const changed = yield* flipped(disk, path, bit)
          const found = yield* Effect.result(open(changed))
          if (path === markerFile(folder)) expect(found._tag).toBe("Success")
          if (found._tag === "Success") expect(wordsOf(found.success)).toEqual(words)
          else expect(found.failure).toBeInstanceOf(RecordLogDamaged)
          if (found._tag === "Failure") refusals++
        }
      }
      expect(refusals).toBeGreaterThan(1000)
    })
  )

  it.effect("refuses every changed bit of a log that is not settled, but for those of the last append", () =>
    Effect.gen(function* () {
      const { disk, segments, words } = yield* written(false)
      const last = segments[segments.length - 1]!
      const lastAppend = last.size - 37
      for (const { base, size } of segments) {
        for (let bit = 0; bit < 8 * size; bit++) {
          const changed = yield* flipped(disk, segmentFile(folder, base), bit)
          if (base < last.base || bit < 8 * lastAppend) {
            expect(yield* Effect.flip(open(changed))).toBeInstanceOf(RecordLogDamaged)
          } else {
            expect(wordsOf(yield* open(changed))).toEqual(words.slice(0, -1))
          }
        }
      }
    })
  )

  it.effect("refuses damage that only an append behind it shows to have been synced", () =>
    Effect.gen(function* () {
      const disk = makeMemoryDisk()
      const { log } = yield* open(disk)
      yield* append(log, 1, "a")
      const damagedAt = log.synced
      yield* append(log, 2, "b")
      yield* append(log, 3, "c")
      const file = segmentFile(folder, 0)
      const error = yield* refused(yield* flipped(disk, file, 8 * damagedAt + 3))
      expect(error).toMatchObject({ file, position: damagedAt })
      expect(error.message).toContain(`"${file}" at byte ${damagedAt}`)
      expect(error.message).toContain("a node with a new id")
    })
  )

  it.effect("cuts damage off before a whole append that was never synced", () =>
    Effect.gen(function* () {
      const disk = makeMemoryDisk()
      const { plan } = yield* open(disk)
      const preamble = () => []
      const ends: Array<number> = []
      for (const value of [1, 2, 3]) {
        const { end, steps } = plan.append({ records: [Uint8Array.of(value)], mark: 1, preamble })
        if (value === 1) plan.confirm(end)
        ends.push(end)
        for (const step of steps) {
          if (step._tag === "Write") yield* disk.write(step.path, step.position, step.chunks)
        }
      }
      yield* disk.write(segmentFile(folder, 0), ends[0]!, [new Uint8Array(5)])
      const found = yield* open(disk)
      expect(found.records).toEqual([Uint8Array.of(1)])
      expect(found.cut).toMatchObject({ position: ends[0], size: ends[2]! - ends[0]! })
    })
  )

  it.effect("refuses bytes that lie where others belong", () =>
    Effect.gen(function* () {
      const disk = makeMemoryDisk()
      const { log } = yield* open(disk)
      for (const word of ["a", "b", "c"]) yield* append(log, 1, word)
      yield* log.settle
      const file = segmentFile(folder, 0)
      const [second, third] = [yield* disk.read(file, 49, 37), yield* disk.read(file, 86, 37)]
      yield* disk.write(file, 49, [third, second])
      expect(yield* refused(disk)).toMatchObject({ position: 49, detail: expect.stringContaining("position 86") })
    })
  )

  it.effect("refuses a file that is shorter than was synced, and a missing file", () =>
    Effect.gen(function* () {
      const { disk, segments } = yield* written(true)
      for (const { base, size } of segments) {
        const file = segmentFile(folder, base)
        const shorter = disk.crashed(killed)
        yield* shorter.truncate(file, size - 1)
        yield* refused(shorter)
        const missing = disk.crashed(killed)
        yield* missing.remove(file)
        yield* refused(missing)
      }
      yield* disk.remove(markerFile(folder))
      expect(yield* refused(disk)).toMatchObject({ file: markerFile(folder) })
    })
  )

  it.effect("refuses a log whose first segment is gone although it was not forgotten", () =>
    Effect.gen(function* () {
      const { disk, segments } = yield* written(false)
      const { log } = yield* open(disk)
      yield* log.forget(2)
      expect(log.segments[0]?.base).toBe(segments[1]!.base)
      yield* open(disk)
      yield* disk.remove(segmentFile(folder, segments[1]!.base))
      expect(yield* refused(disk)).toMatchObject({ file: segmentFile(folder, segments[1]!.base) })
    })
  )
})
