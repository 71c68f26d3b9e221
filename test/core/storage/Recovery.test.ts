import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Result from "effect/Result"
import { killed, makeMemoryDisk, type MemoryDisk, powerCut, type Survival } from "../../../adapters/memory/index.ts"
import { decodeRecords, noDecompress, splitBatches } from "../../../core/log/index.ts"
import { makePrng, makeSimulatedDisk } from "../../../core/simulation/index.ts"
import {
  checkpointFile,
  indexFile,
  logFile,
  PartitionDamaged,
  type RecoveredLog,
  recover,
  snapshotFile,
  timeIndexFile
} from "../../../core/storage/index.ts"
import { PlainWriter } from "./PlainWriter.ts"

const partition = { topic: "orders", partition: 3 }
const folder = "orders-3"
const open = (disk: MemoryDisk) => recover(disk, partition, { maxProducers: 10 })
const text = new TextDecoder()

const values = (disk: MemoryDisk, log: RecoveredLog): ReadonlyArray<string> =>
  log.segments.flatMap(({ base, size }) => {
    const bytes = Effect.runSync(disk.read(logFile(folder, base), 0, size))
    return splitBatches(bytes).batches.flatMap((batch) =>
      Result.getOrThrow(decodeRecords(batch, { decompress: noDecompress, maxBytes: 1e6 })).map((record) =>
        text.decode(record.value!)
      )
    )
  })

/** Two closed segments and an open one, the last with a synced part and a part that is not. */
const history = Effect.fnUntraced(function* (writer: PlainWriter) {
  yield* writer.append("a", "b")
  yield* writer.sync
  yield* writer.append("c")
  yield* writer.roll
  yield* writer.append("d")
  yield* writer.append("e", "f")
  yield* writer.sync
  yield* writer.roll
  yield* writer.append("g")
  yield* writer.sync
  yield* writer.append("h", "i")
})

const written = Effect.fnUntraced(function* (options: { readonly crashable?: boolean } = {}) {
  const disk = makeMemoryDisk(options)
  const writer = new PlainWriter(disk, yield* open(disk))
  yield* history(writer)
  return { disk, writer }
})

const damage = Effect.fnUntraced(function* (disk: MemoryDisk) {
  const files = Effect.map(disk.list(folder), (entries) => entries.map(({ name, size }) => [name, size]))
  const before = yield* files
  const error = yield* Effect.flip(open(disk))
  expect(error).toBeInstanceOf(PartitionDamaged)
  expect(yield* files).toEqual(before)
  return error as PartitionDamaged
})

const flip = (disk: MemoryDisk, path: string, position: number) =>
  Effect.flatMap(disk.read(path, position, 1), (byte) => disk.write(path, position, [Uint8Array.of(byte[0]! ^ 0x10)]))

describe("recovery", () => {
  it.effect("of a folder that does not exist makes an empty partition, which opens again", () =>
    Effect.gen(function* () {
      const disk = makeMemoryDisk()
      const first = yield* open(disk)
      expect(first.segments.map(({ base, size }) => [base, size])).toEqual([[0, 0]])
      const second = yield* open(disk)
      expect(second.segments.map(({ base, size }) => [base, size])).toEqual([[0, 0]])
    })
  )

  it.effect("finds all that was written, and the producers' state", () =>
    Effect.gen(function* () {
      const { disk, writer } = yield* written()
      const log = yield* open(disk)
      expect(values(disk, log)).toEqual("abcdefghi".split(""))
      expect(log.segments.map(({ base, endOffset }) => [base, endOffset])).toEqual([
        [0, 3],
        [3, 6],
        [6, 9]
      ])
      expect(log.cut).toBeUndefined()
      expect(log.producers.get(7)).toEqual(writer.log.producers.get(7))
      expect(log.producers.get(7)?.batches.length).toBe(5)
    })
  )

  it.effect("reads nothing of closed segments whose indexes and snapshot are whole", () =>
    Effect.gen(function* () {
      const { disk } = yield* written()
      const read: Array<string> = []
      yield* recover(
        { ...disk, read: (path, position, length) => (read.push(path), disk.read(path, position, length)) },
        partition,
        { maxProducers: 10 }
      )
      expect(new Set(read.filter((path) => path.endsWith(".log")))).toEqual(new Set([logFile(folder, 6)]))
    })
  )

  for (const [name, survival] of [
    ["kill", killed],
    ["power cut that takes all that was not synced", powerCut],
    ["power cut that takes the names of new files", { bytes: (_path, unsynced) => unsynced, entries: "synced" }],
    ["power cut that takes the contents of new files", { bytes: () => 0, entries: "last" }],
    ["power cut that takes half of what was not synced", { bytes: (_path, n) => n >> 1, entries: "last" }]
  ] satisfies ReadonlyArray<readonly [string, Survival]>) {
    it.effect(`after a ${name} at any byte of the history loses nothing that was synced`, () =>
      Effect.gen(function* () {
        const total = (yield* written({ crashable: true })).disk.steps()
        expect(total).toBeGreaterThan(1000)
        for (let at = 0; at <= total; at++) {
          const disk = makeMemoryDisk({ crashable: true })
          disk.crashAfter(at)
          let writer: PlainWriter | undefined
          yield* Effect.exit(
            Effect.gen(function* () {
              writer = new PlainWriter(disk, yield* open(disk))
              yield* history(writer)
            })
          )
          const left = disk.crashed(survival)
          const log = yield* open(left)
          const found = values(left, log)
          expect(writer?.synced ?? []).toEqual(found.slice(0, writer?.synced.length ?? 0))
          expect((writer?.written ?? []).slice(0, found.length)).toEqual(found)
          const again = left.crashed(powerCut)
          expect(values(again, yield* open(again))).toEqual(found)
        }
      })
    )
  }

  it.effect("that is itself cut short at any step can be done again", () =>
    Effect.gen(function* () {
      const { disk } = yield* written({ crashable: true })
      const torn = () => disk.crashed({ bytes: (path, n) => (path.endsWith(".log") ? n - 3 : n), entries: "last" })
      const whole = torn()
      const expected = values(whole, yield* open(whole))
      expect(expected).toEqual("abcdefg".split(""))
      for (let at = 0; at < 200; at++) {
        const once = torn()
        once.crashAfter(at)
        const done = yield* Effect.exit(open(once))
        for (const survival of [killed, powerCut]) {
          const again = once.crashed(survival)
          expect(values(again, yield* open(again))).toEqual(expected)
        }
        if (Exit.isSuccess(done)) return
      }
      expect.unreachable()
    })
  )

  it.effect("of a partition whose creation was killed at any step makes it safe from a later power cut", () =>
    Effect.gen(function* () {
      for (let at = 0; at < 200; at++) {
        const first = makeMemoryDisk({ crashable: true })
        first.crashAfter(at)
        const created = yield* Effect.exit(open(first))
        const disk = first.crashed(killed)
        const writer = new PlainWriter(disk, yield* open(disk))
        yield* writer.append("a")
        yield* writer.sync
        const left = disk.crashed(powerCut)
        expect(values(left, yield* open(left))).toEqual(["a"])
        if (Exit.isSuccess(created)) return
      }
      expect.unreachable()
    })
  )

  it.effect("of a partition whose creation a power cut has ended makes it, whichever names are left", () =>
    Effect.gen(function* () {
      for (let seed = 0; seed < 300; seed++) {
        const simulated = makeSimulatedDisk({ random: makePrng(seed), faults: { powerCuts: ["Reordered"] } })
        simulated.haltAfter(seed % 7)
        yield* Effect.exit(recover(simulated.disk, partition, { maxProducers: 10 }))
        simulated.crash()
        const log = yield* recover(simulated.disk, partition, { maxProducers: 10 })
        expect(log.segments.map(({ base, size }) => [base, size])).toEqual([[0, 0]])
      }
    })
  )

  it.effect("cuts off a batch above the synced position whose checksum is wrong, and says what it cut and why", () =>
    Effect.gen(function* () {
      const { disk, writer } = yield* written()
      const path = logFile(folder, 6)
      const position = (yield* disk.read(path, 0, 12))[11]! + 12
      yield* flip(disk, path, writer.active.size - 1)
      const log = yield* open(disk)
      expect(values(disk, log)).toEqual("abcdefg".split(""))
      expect(log.cut).toEqual({
        file: path,
        position,
        size: writer.active.size - position,
        reason: "Damaged",
        detail: expect.stringMatching(/^its CRC-32C is \d+ and its header says \d+$/),
        keptIn: `${path}.cut-${position}`
      })
      expect((yield* open(disk)).cut).toBeUndefined()
    })
  )

  it.effect("calls a tail that is only the beginning of a batch torn, whether or not its header is whole", () =>
    Effect.gen(function* () {
      for (const lacking of [1, 70]) {
        const { disk, writer } = yield* written()
        const { size } = writer.active
        yield* disk.truncate(logFile(folder, 6), size - lacking)
        const { cut } = yield* open(disk)
        expect(cut).toMatchObject({ reason: "Torn", detail: expect.stringMatching(/^it needs|not enough/) })
        expect(cut!.position + cut!.size).toBe(size - lacking)
      }
    })
  )

  it.effect("calls whole batches damaged whose offsets do not continue", () =>
    Effect.gen(function* () {
      const { disk, writer } = yield* written()
      const path = logFile(folder, 6)
      const again = yield* disk.read(path, 0, writer.active.size)
      yield* disk.write(path, writer.active.size, [again])
      const { cut } = yield* open(disk)
      const detail = "a batch begins at offset 6 where 9 should come"
      expect(cut).toMatchObject({ position: again.length, size: again.length, reason: "Damaged", detail })
    })
  )

  it.effect("keeps what it cuts in a file beside the log, in the place of what was kept under that name", () =>
    Effect.gen(function* () {
      const { disk, writer } = yield* written()
      const path = logFile(folder, 6)
      const { size } = writer.active
      yield* flip(disk, path, size - 1)
      const before = yield* disk.read(path, 0, size)
      const position = before[11]! + 12
      yield* disk.write(`${path}.cut-${position}`, 0, [new Uint8Array(5000)])
      const { cut } = yield* open(disk)
      expect(yield* disk.read(cut!.keptIn, 0, 10_000)).toEqual(before.subarray(position))
      const kept = (yield* disk.list(folder)).filter(({ name }) => name.includes("cut"))
      expect(kept.map(({ name }) => `${folder}/${name}`)).toEqual([cut!.keptIn])
      expect(values(disk, yield* open(disk))).toEqual("abcdefg".split(""))
      expect(yield* disk.read(cut!.keptIn, 0, 10_000)).toEqual(before.subarray(position))
    })
  )

  it.effect("keeps the whole of a cut that is larger than what is read at a time", () =>
    Effect.gen(function* () {
      const { disk, writer } = yield* written()
      const path = logFile(folder, 6)
      const tail = Uint8Array.from({ length: 2_500_000 }, (_, i) => (i * 7 + (i >> 12)) & 0x7f)
      yield* disk.write(path, writer.active.size, [tail])
      const { cut } = yield* open(disk)
      expect(cut).toMatchObject({ position: writer.active.size, size: tail.length })
      const kept = yield* disk.read(cut!.keptIn, 0, 3_000_000)
      expect(kept.length === tail.length && kept.every((byte, i) => byte === tail[i])).toBe(true)
    })
  )

  it.effect("has synced what it keeps before it cuts, so that no crash takes the only copy", () =>
    Effect.gen(function* () {
      const { disk, writer } = yield* written({ crashable: true })
      const path = logFile(folder, 6)
      yield* flip(disk, path, writer.active.size - 1)
      const all = yield* disk.read(path, 0, writer.active.size)
      const position = all[11]! + 12
      for (let at = 0; at < 2000; at++) {
        const once = disk.crashed({ bytes: (_path, unsynced) => unsynced, entries: "last" })
        once.crashAfter(at)
        const done = yield* Effect.exit(open(once))
        const left = once.crashed({ bytes: (file, unsynced) => (file === path ? unsynced : 0), entries: "synced" })
        const inLog = yield* left.read(path, 0, 10_000)
        if (inLog.length === position) {
          expect(yield* left.read(`${path}.cut-${position}`, 0, 10_000)).toEqual(all.subarray(position))
        } else {
          expect(inLog).toEqual(all)
        }
        if (Exit.isSuccess(done)) return
      }
      expect.unreachable()
    })
  )

  it.effect("rebuilds an index that is missing, torn or changed", () =>
    Effect.gen(function* () {
      for (const file of [indexFile(folder, 0), timeIndexFile(folder, 3)]) {
        const { disk } = yield* written()
        yield* disk.remove(file)
        expect(values(disk, yield* open(disk)).length).toBe(9)
        yield* disk.write(file, 0, [new Uint8Array(50)])
        expect(values(disk, yield* open(disk)).length).toBe(9)
      }
      const { disk } = yield* written()
      yield* flip(disk, indexFile(folder, 0), 20)
      expect(values(disk, yield* open(disk)).length).toBe(9)
    })
  )

  it.effect("rebuilds the producers from older segments when snapshots are missing", () =>
    Effect.gen(function* () {
      const { disk, writer } = yield* written()
      yield* disk.remove(snapshotFile(folder, 6))
      expect((yield* open(disk)).producers.get(7)).toEqual(writer.log.producers.get(7))
      yield* disk.remove(snapshotFile(folder, 3))
      expect((yield* open(disk)).producers.get(7)).toEqual(writer.log.producers.get(7))
    })
  )
})

describe("damage that no crash can do takes the partition offline and changes nothing", () => {
  it.effect("a changed byte below the synced position, in a file and at a position that the error names", () =>
    Effect.gen(function* () {
      const { disk } = yield* written()
      yield* flip(disk, logFile(folder, 6), 65)
      const error = yield* damage(disk)
      expect(error).toMatchObject({ partition, file: logFile(folder, 6), position: 0 })
      expect(error.message).toContain(`orders-3 is damaged in "${logFile(folder, 6)}" in the data folder at byte 0: `)
    })
  )

  it.effect("a log that ends below the synced position", () =>
    Effect.gen(function* () {
      const { disk } = yield* written()
      yield* disk.truncate(logFile(folder, 6), 10)
      expect((yield* damage(disk)).file).toBe(logFile(folder, 6))
    })
  )

  it.effect("a closed segment that is shorter than its index says", () =>
    Effect.gen(function* () {
      const { disk, writer } = yield* written()
      yield* disk.truncate(logFile(folder, 0), writer.log.segments[0]!.size - 1)
      expect(yield* damage(disk)).toMatchObject({ file: logFile(folder, 0) })
    })
  )

  it.effect("a changed byte in a closed segment whose index is gone", () =>
    Effect.gen(function* () {
      const { disk } = yield* written()
      yield* disk.remove(indexFile(folder, 0))
      yield* flip(disk, logFile(folder, 0), 70)
      expect(yield* damage(disk)).toMatchObject({ file: logFile(folder, 0), position: 0 })
    })
  )

  it.effect("a segment that is missing, at the start, in the middle or at the end", () =>
    Effect.gen(function* () {
      for (const base of [0, 3, 6]) {
        const { disk } = yield* written()
        yield* disk.remove(logFile(folder, base))
        yield* damage(disk)
      }
    })
  )

  it.effect("a checkpoint that is gone while there are records", () =>
    Effect.gen(function* () {
      const { disk } = yield* written()
      yield* disk.remove(checkpointFile(folder))
      expect(yield* damage(disk)).toMatchObject({ file: checkpointFile(folder) })
    })
  )

  it.effect("a folder that is gone, of a partition that is known to have been made", () =>
    Effect.gen(function* () {
      const { disk } = yield* written()
      yield* disk.remove(folder)
      const error = yield* Effect.flip(recover(disk, partition, { maxProducers: 10, exists: true }))
      expect(error).toMatchObject({ _tag: "PartitionDamaged", file: folder, detail: "the folder is missing" })
      expect(yield* disk.list("")).toEqual([])
    })
  )

  it.effect("and begins anew in a folder that a person has left empty", () =>
    Effect.gen(function* () {
      const { disk } = yield* written()
      yield* disk.remove(folder)
      yield* disk.makeFolder(folder)
      const log = yield* recover(disk, partition, { maxProducers: 10, exists: true })
      expect(log.segments.map(({ base, size }) => [base, size])).toEqual([[0, 0]])
    })
  )
})
