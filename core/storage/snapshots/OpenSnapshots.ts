import * as Effect from "effect/Effect"
import type { Disk, DiskError } from "../../ports/index.ts"
import { type FileStep, performSteps } from "../FileStep.ts"
import { foldersAbove } from "../records/RecordFiles.ts"
import { SnapshotDamaged } from "./SnapshotDamaged.ts"
import { isIntact, SnapshotFiles } from "./SnapshotFiles.ts"
import { contentStart, decodeHeader, maxHeaderSize, type SnapshotInfo } from "./SnapshotHeader.ts"
import { isPart, rankOf, SnapshotPlan, snapshotPath } from "./SnapshotPlan.ts"

/** A folder of snapshots as it was found; `plan` is for those who carry out its steps on their own. */
export interface OpenedSnapshots {
  readonly files: SnapshotFiles
  readonly plan: SnapshotPlan
}

/**
 * Opens a folder of snapshots, and makes it when there is none.
 *
 * **Details**
 *
 * The newest snapshot is read and checked as a whole. Once its name is known to be on the disk, older ones and parts are
 * removed.
 *
 * **Gotchas**
 *
 * A newest snapshot that is not whole is `SnapshotDamaged`, also where an older one is left: what came between them may
 * have been let go of.
 */
export const openSnapshots = Effect.fnUntraced(function* (
  disk: Disk,
  folder: string
): Effect.fn.Return<OpenedSnapshots, DiskError | SnapshotDamaged> {
  yield* disk.makeFolder(folder)
  const entries = yield* disk.list(folder)
  const ranks = entries.flatMap(({ name }) => rankOf(name) ?? []).sort((a, b) => a - b)
  const newest = ranks.pop()
  const size = entries.find(({ name }) => rankOf(name) === newest)?.size ?? 0
  const info = newest === undefined ? undefined : yield* check(disk, snapshotPath(folder, newest), newest, size)
  const needless = [
    ...ranks.map((rank) => snapshotPath(folder, rank)),
    ...entries.filter(({ name }) => isPart(name)).map(({ name }) => `${folder}/${name}`)
  ]
  yield* performSteps(disk, [
    ...[folder, ...foldersAbove(folder)].map((path): FileStep => ({ _tag: "SyncFolder", path })),
    ...needless.map((path): FileStep => ({ _tag: "Remove", path }))
  ])
  const plan = new SnapshotPlan(folder, info)
  return { files: new SnapshotFiles(disk, plan), plan }
})

const check = Effect.fnUntraced(function* (
  disk: Disk,
  file: string,
  rank: number,
  size: number
): Effect.fn.Return<SnapshotInfo, DiskError | SnapshotDamaged> {
  const header = decodeHeader(yield* disk.read(file, 0, Math.min(size, maxHeaderSize)))
  if (header === undefined) return yield* new SnapshotDamaged({ file, detail: "its header is not whole" })
  if (header.rank !== rank) {
    return yield* new SnapshotDamaged({ file, detail: `its header says that it is snapshot ${header.rank}` })
  }
  const there = size - contentStart(header.name)
  if (there !== header.size) {
    return yield* new SnapshotDamaged({ file, detail: `it should have ${header.size} bytes and ${there} are there` })
  }
  if (!(yield* isIntact(disk, file, header, header.crc))) {
    return yield* new SnapshotDamaged({ file, detail: "its CRC-32C is another than its header says" })
  }
  return { rank: header.rank, name: header.name, size: header.size }
})
