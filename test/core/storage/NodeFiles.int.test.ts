import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { makeFileDisk } from "../../../adapters/file/index.ts"
import { openNodeFolder, openRecordLog, openSnapshots, segmentFile } from "../../../core/storage/index.ts"

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "odradek-node-"))),
  (root) => Effect.sync(() => rmSync(root, { recursive: true, force: true }))
)

const node = { clusterId: "c", nodeId: 1, incarnation: 5 }
const options = { folder: "records", segmentBytes: 4096 }
const preamble = () => [Uint8Array.of(0)]

/** Opens everything that a node has, as the node would. */
const open = Effect.fnUntraced(function* (root: string) {
  const disk = yield* makeFileDisk({ root })
  const home = yield* openNodeFolder(disk, node)
  const records = yield* openRecordLog(disk, { ...options, exists: !home.isNew })
  const { files } = yield* openSnapshots(disk, "snapshots")
  yield* home.begin("1")
  return { disk, home, files, ...records }
})

describe("the files of a node, in a folder of the file system", () => {
  it.live("are found again: records over several segments, the newest snapshot and who the node is", () =>
    Effect.gen(function* () {
      const root = yield* folder
      const name = Uint8Array.of(1)
      const content = new Uint8Array(5000).fill(9)
      yield* Effect.scoped(
        Effect.gen(function* () {
          const { files, home, log } = yield* open(root)
          expect(home.isNew).toBe(true)
          for (let i = 1; i <= 100; i++)
            yield* log.append({ records: [new Uint8Array(100).fill(i)], mark: i, preamble })
          yield* files.keep(40, name, content)
          yield* log.forget(40)
          yield* log.settle
        })
      )
      const { files, home, log, records } = yield* open(root)
      expect(home).toMatchObject({ ...node, isNew: false })
      expect(files.newest).toEqual({ rank: 40, name, size: 5000 })
      expect(yield* files.read(40, 10, 9000)).toEqual(content.subarray(10))
      const numbers = records.filter(({ length }) => length === 100).map(([first]) => first!)
      expect(numbers[0]).toBeLessThanOrEqual(41)
      expect(numbers).toEqual(Array.from({ length: 101 - numbers[0]! }, (_, i) => numbers[0]! + i))
      expect(log.segments.length).toBeGreaterThan(1)
      expect(log.segments[0]!.mark).toBeGreaterThan(40)
    })
  )

  it.live("are mended when the end of the log is torn, and refused when its beginning has changed", () =>
    Effect.gen(function* () {
      const root = yield* folder
      const file = segmentFile("records", 0)
      yield* Effect.scoped(
        Effect.gen(function* () {
          const { disk, log } = yield* open(root)
          for (let i = 1; i <= 3; i++) yield* log.append({ records: [Uint8Array.of(i)], mark: i, preamble })
          yield* disk.write(file, log.synced, [new Uint8Array(50).fill(1)])
        })
      )
      yield* Effect.scoped(
        Effect.gen(function* () {
          const { cut, disk, log, records } = yield* open(root)
          expect(records.map(([first]) => first)).toEqual([0, 1, 2, 3])
          expect(cut).toMatchObject({ file, size: 50, position: log.synced })
          yield* disk.write(file, 36, [Uint8Array.of(77)])
        })
      )
      const error = yield* Effect.flip(Effect.scoped(open(root)))
      expect(error).toMatchObject({ _tag: "RecordLogDamaged", file, position: 0 })
    })
  )

  it.live("are refused when the log of a node that has begun is gone", () =>
    Effect.gen(function* () {
      const root = yield* folder
      yield* Effect.scoped(open(root))
      rmSync(join(root, "records"), { recursive: true })
      const error = yield* Effect.flip(Effect.scoped(open(root)))
      expect(error).toMatchObject({ _tag: "RecordLogDamaged", file: "records", detail: "the log is missing" })
    })
  )
})
