import * as Effect from "effect/Effect"
import * as Semaphore from "effect/Semaphore"
import { crc32c, sameBytes } from "../../bytes/index.ts"
import type { Disk, DiskError } from "../../ports/index.ts"
import { type FileStep, performSteps } from "../FileStep.ts"
import { SnapshotFailed, type SnapshotFailedReason } from "./SnapshotFailed.ts"
import { contentStart, type SnapshotInfo } from "./SnapshotHeader.ts"
import { type SnapshotPart, type SnapshotPlan, snapshotPath } from "./SnapshotPlan.ts"

/** Bytes that are written or checked at a time. */
const windowSize = 1 << 20

/** Bytes of a snapshot that arrives in pieces, from `offset` on; a piece with offset 0 begins it anew. */
export interface SnapshotPiece extends SnapshotInfo {
  readonly offset: number
  readonly bytes: Uint8Array
}

/** Finds out whether the bytes of a snapshot in this file are those with the checksum. */
export const isIntact = Effect.fnUntraced(function* (
  disk: Disk,
  path: string,
  info: SnapshotInfo,
  crc: number
): Effect.fn.Return<boolean, DiskError> {
  const start = contentStart(info.name)
  let found = 0
  for (let done = 0; done < info.size;) {
    const bytes = yield* disk.read(path, start + done, Math.min(windowSize, info.size - done))
    if (bytes.length === 0) return false
    found = crc32c(bytes, 0, bytes.length, found)
    done += bytes.length
  }
  return found === crc
})

/**
 * The newest snapshot of a node's state, in a folder of files, and those that are about to take its place.
 *
 * **Details**
 *
 * A snapshot is written aside, synced, read back and checked, and then takes its name in one atom; the one before is
 * removed only once that is on the disk. An older one never takes the place of a newer. One snapshot can arrive in pieces
 * while another is kept.
 *
 * **Gotchas**
 *
 * After the first sync that fails nothing is written any more; reading goes on. Whatever else fails gives up only the
 * part that was being written.
 */
export class SnapshotFiles {
  readonly #disk: Disk
  readonly #plan: SnapshotPlan
  readonly #turn = Semaphore.makeUnsafe(1)
  #arriving: SnapshotPart | undefined
  #failed: SnapshotFailed | undefined

  constructor(disk: Disk, plan: SnapshotPlan) {
    this.#disk = disk
    this.#plan = plan
  }

  /** The snapshot that would be found after a crash; `undefined` when there is none. */
  get newest(): SnapshotInfo | undefined {
    return this.#plan.newest
  }

  /** Makes these bytes the newest snapshot. */
  keep(rank: number, name: Uint8Array, bytes: Uint8Array): Effect.Effect<void, SnapshotFailed> {
    return this.#inTurn(rank, () => {
      const begun = this.#plan.begin({ rank, name, size: bytes.length })
      return this.#givingUp(
        begun,
        Effect.flatMap(this.#writeAll(begun, bytes), (part) => this.#publish(part))
      )
    })
  }

  /** Writes a piece aside. */
  write({ bytes, name, offset, rank, size }: SnapshotPiece): Effect.Effect<void, SnapshotFailed> {
    return this.#inTurn(rank, () => {
      const before = this.#arriving
      const follows = before?.info.rank === rank && before.written === offset && sameBytes(before.info.name, name)
      if ((offset > 0 && !follows) || offset + bytes.length > size) {
        const detail = `the bytes from ${offset} on do not follow on what is there, send it from its beginning`
        return failed("OutOfOrder", rank, detail)
      }
      const isNew = offset === 0 || before === undefined
      const written = this.#plan.write(isNew ? this.#plan.begin({ rank, name, size }) : before, bytes)
      const removal = isNew && before !== undefined ? removeStep(before) : []
      this.#arriving = written.part
      return this.#givingUp(written.part, this.#perform(rank, [...removal, ...written.steps]))
    })
  }

  /** Makes the snapshot that has arrived the newest; all of its pieces must have been written. */
  install(rank: number): Effect.Effect<void, SnapshotFailed> {
    return this.#inTurn(rank, () => {
      const part = this.#arriving
      if (part === undefined || part.info.rank !== rank) {
        return failed("Gone", rank, "nothing of it has arrived, send it from its beginning")
      }
      if (part.written !== part.info.size) {
        return failed("Incomplete", rank, `${part.written} of ${part.info.size} bytes have arrived, send the rest`)
      }
      this.#arriving = undefined
      return this.#givingUp(part, this.#publish(part))
    })
  }

  /** Up to `length` bytes of the newest snapshot from `offset`; fewer at its end. */
  read(rank: number, offset: number, length: number): Effect.Effect<Uint8Array, SnapshotFailed> {
    return Effect.suspend(() => {
      const gone = failed("Gone", rank, "it is not the newest any more, ask for that one")
      const info = this.newest
      if (info === undefined || info.rank !== rank) return gone
      const asked = Math.max(0, Math.min(length, info.size - offset))
      const read = this.#disk.read(snapshotPath(this.#plan.folder, rank), contentStart(info.name) + offset, asked)
      return Effect.catch(read, (error) => (error.reason === "NotFound" ? gone : this.#diskFailed(rank, error)))
    })
  }

  #writeAll(begun: SnapshotPart, bytes: Uint8Array): Effect.Effect<SnapshotPart, SnapshotFailed> {
    const { rank } = begun.info
    const write = (piece: Uint8Array, part: SnapshotPart) => {
      const written = this.#plan.write(part, piece)
      return Effect.as(this.#perform(rank, written.steps), written.part)
    }
    return Effect.gen(function* () {
      let part = begun
      for (let at = 0; at < bytes.length; at += windowSize) {
        part = yield* write(bytes.subarray(at, at + windowSize), part)
      }
      return part
    })
  }

  #publish(part: SnapshotPart): Effect.Effect<void, SnapshotFailed> {
    const { crc, info, path } = part
    const { rank } = info
    if (this.newest !== undefined && this.newest.rank >= rank) {
      return failed("Superseded", rank, `snapshot ${this.newest.rank} is there and at least as new`)
    }
    const isRight = Effect.catch(isIntact(this.#disk, path, info, crc), (error) => this.#diskFailed(rank, error))
    return this.#perform(rank, this.#plan.complete(part)).pipe(
      Effect.flatMap(() => isRight),
      Effect.flatMap((right) =>
        right
          ? this.#perform(rank, this.#plan.publish(part))
          : failed("Wrong", rank, `"${path}" has other bytes than were written, check the disk`)
      ),
      // What cannot be removed now is removed when the folder is opened.
      Effect.flatMap(() => Effect.ignore(performSteps(this.#disk, this.#plan.confirm(part))))
    )
  }

  /** Removes the part when what is done with it fails; if that fails too, it is removed when the folder is opened. */
  #givingUp<A>(part: SnapshotPart, effect: Effect.Effect<A, SnapshotFailed>): Effect.Effect<A, SnapshotFailed> {
    return Effect.catch(effect, (error) => {
      if (this.#arriving?.path === part.path) this.#arriving = undefined
      return Effect.flatMap(Effect.ignore(performSteps(this.#disk, removeStep(part))), () => Effect.fail(error))
    })
  }

  #inTurn(rank: number, run: () => Effect.Effect<void, SnapshotFailed>): Effect.Effect<void, SnapshotFailed> {
    const begun = Effect.suspend(() =>
      this.#failed === undefined ? run() : failed("SyncFailed", rank, this.#failed.detail, this.#failed.cause)
    )
    return Semaphore.withPermit(this.#turn, Effect.uninterruptible(begun))
  }

  #perform(rank: number, steps: ReadonlyArray<FileStep>): Effect.Effect<void, SnapshotFailed> {
    return Effect.catch(performSteps(this.#disk, steps), (error) => this.#diskFailed(rank, error))
  }

  #diskFailed(rank: number, cause: DiskError): Effect.Effect<never, SnapshotFailed> {
    if (cause.operation !== "sync" && cause.operation !== "syncFolder") {
      return failed("DiskFailed", rank, `the disk has failed (${cause.message}), see to it`, cause)
    }
    const detail = `a sync has failed (${cause.message}), see to the disk and start the node again`
    this.#failed = new SnapshotFailed({ reason: "SyncFailed", rank, detail, cause })
    return Effect.fail(this.#failed)
  }
}

const removeStep = ({ path }: SnapshotPart): ReadonlyArray<FileStep> => [{ _tag: "Remove", path }]

const failed = (
  reason: SnapshotFailedReason,
  rank: number,
  detail: string,
  cause?: DiskError
): Effect.Effect<never, SnapshotFailed> =>
  Effect.fail(new SnapshotFailed({ reason, rank, detail, ...(cause === undefined ? {} : { cause }) }))
