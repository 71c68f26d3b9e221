import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { genesis } from "../../chain/index.ts"
import type { ChainRecord, Configuration, Durable, Persist, SnapshotName } from "../../chain/index.ts"
import { SimulatedDisk } from "../../simulation/index.ts"
import type { Prng } from "../../simulation/index.ts"
import { openNodeFolder, openRecordLog, openSnapshots } from "../../storage/index.ts"
import type { RecordLog, SnapshotFiles } from "../../storage/index.ts"
import type { ChainModule } from "./ChainModule.ts"
import { Kept, syncFailed } from "./NodeDisk.ts"
import type { NodeDisk } from "./NodeDisk.ts"

/** What a disk that is open is worked with. */
interface Opened {
  readonly log: RecordLog
  readonly files: SnapshotFiles
  readonly incarnation: number
  readonly initial: Configuration
}

/** What is worth telling of a disk. */
export interface ByteDiskOptions {
  readonly id: number
  readonly random: Prng
  readonly segmentBytes: number
  /** Whether the disk is to be cut off in the middle of a write. */
  readonly tears: () => boolean
}

/** What is told of an error. */
interface Failure {
  readonly message: string
  readonly reason?: string
}

/** An effect that the simulated disk carries out at once; its error as a text, which says where a sync has failed. */
const perform = <A>(effect: Effect.Effect<A, Failure>): Result.Result<A, string> =>
  Result.mapError(Effect.runSync(Effect.result(effect)), ({ message, reason }) =>
    reason === "SyncFailed" ? `${syncFailed}: ${message}` : message
  )

const failureOf = (result: Result.Result<unknown, string>): string | undefined =>
  Result.isFailure(result) ? result.failure : undefined

/**
 * The disk of a node as bytes: its folder, its record log and its snapshots in the package's own formats, on a disk that
 * tears, loses, reorders and rots.
 *
 * **Details**
 *
 * `kept` is what the disk has promised: when the node starts again, all of it must be found, or the disk must be refused.
 */
export class ByteDisk implements NodeDisk {
  kept = new Kept()
  readonly disk: SimulatedDisk
  /** Whether something that was synced is not what was written any more. */
  spoilt = false
  /** Whether the power went in the middle of a write. */
  torn = false
  private fails = false
  private noRoom = false
  private readonly module: ChainModule
  private readonly options: ByteDiskOptions
  private opened: Opened | undefined
  private queue: Array<Persist> = []
  /** How many of the writes that were done together are still to be told. */
  private done = 0
  private last: Pick<Persist, "commit" | "term" | "vote"> = { commit: genesis, term: 0, vote: 0 }

  constructor(module: ChainModule, options: ByteDiskOptions) {
    this.module = module
    this.options = options
    this.disk = new SimulatedDisk({ random: options.random, faults: { sectorBytes: 64 } })
  }

  get ailing(): boolean {
    return this.fails || this.noRoom
  }

  open(incarnation: number, initial: Configuration): Durable | string {
    this.torn = false
    const found = perform(this.read(incarnation, initial))
    if (Result.isFailure(found)) return found.failure
    const missing = this.missing(found.success)
    if (missing !== undefined) return missing
    this.learn(found.success)
    return this.kept.durable(found.success.durable.incarnation, found.success.durable.initial)
  }

  private read(incarnation: number, initial: Configuration) {
    const { module, options } = this
    const { disk } = this.disk
    return Effect.scoped(
      Effect.gen({ self: this }, function* () {
        const folder = yield* openNodeFolder(disk, { clusterId: "simulated", nodeId: options.id, incarnation })
        const { log, records: found } = yield* openRecordLog(disk, {
          folder: "records",
          segmentBytes: options.segmentBytes,
          exists: !folder.isNew
        })
        const { files } = yield* openSnapshots(disk, "snapshots")
        let records = found
        if (folder.isNew && records.length === 0) {
          records = this.head(folder.incarnation, initial, { commit: genesis, term: 0, vote: 0 })
          yield* log.append({ records, mark: 0, preamble: () => [] })
        }
        yield* folder.begin("")
        const snapshot = yield* this.newest(files)
        const durable = module.replay(
          records,
          snapshot === undefined ? undefined : { ...snapshot.name, size: snapshot.bytes.length }
        )
        if (Result.isFailure(durable)) return yield* Effect.fail({ message: durable.failure.message })
        this.opened = { log, files, incarnation: folder.incarnation, initial: durable.success.initial }
        return { durable: durable.success, snapshot }
      })
    )
  }

  private newest(files: SnapshotFiles) {
    const { newest } = files
    if (newest === undefined) return Effect.succeed(undefined)
    return Effect.map(files.read(newest.rank, 0, newest.size), (bytes) => ({ name: this.nameOf(newest.name), bytes }))
  }

  private head(incarnation: number, initial: Configuration, last: Pick<Persist, "commit" | "term" | "vote">) {
    const encode = (record: ChainRecord): Uint8Array => this.module.encodeRecord(record)
    return this.module.segmentHead({ incarnation, initial }, last).map(encode)
  }

  /** What was promised and is not there. */
  private missing({ durable, snapshot }: { durable: Durable; snapshot: Kept["snapshot"] }): string | undefined {
    const { kept } = this
    const height = snapshot?.name.block.counter ?? 0
    const lost = (what: string): string => `lost: ${what}`
    if (durable.term < kept.term) return lost(`term ${kept.term} is gone`)
    if (durable.term === kept.term && kept.vote !== 0 && durable.vote !== kept.vote) return lost("the vote is gone")
    if (height < (kept.snapshot?.name.block.counter ?? 0)) return lost("the snapshot is gone")
    const found = new Set(durable.blocks.map(({ id }) => `${id.term}.${id.counter}`))
    const gone = kept.blocks.find(({ id }) => id.counter > height && !found.has(`${id.term}.${id.counter}`))
    return gone === undefined ? undefined : lost(`block t${gone.id.term}.${gone.id.counter} is gone`)
  }

  private learn({ durable, snapshot }: { durable: Durable; snapshot: Kept["snapshot"] }): void {
    const kept = new Kept()
    kept.add(durable)
    kept.snapshot = snapshot
    this.kept.votes.forEach((vote, term) => (kept.votes[term] = vote))
    if (durable.vote !== 0) kept.votes[durable.term] = durable.vote
    this.kept = kept
    this.last = durable
  }

  /** Snapshots are named by a message that would send none of their bytes. */
  private bytesOf(snapshot: SnapshotName): Uint8Array {
    return this.module.encodeMessage({
      _tag: "Snapshot",
      term: 0,
      round: 0,
      snapshot,
      size: 0,
      offset: 0,
      bytes: new Uint8Array(0)
    })
  }

  private nameOf(bytes: Uint8Array): SnapshotName {
    const message = Result.getOrThrow(this.module.decodeMessage(bytes))
    if (message._tag !== "Snapshot") throw new TypeError("The name of a snapshot is another message.")
    return message.snapshot
  }

  issue(persist: Persist): void {
    this.queue.push(persist)
  }

  /** What waits goes to the disk together. */
  sync(): string | undefined {
    const { opened, queue } = this
    if (opened === undefined) return "it is not open"
    if (this.done > 0) {
      this.done--
      return undefined
    }
    this.mayTear()
    this.queue = []
    const before = this.last
    const records = queue.map((persist) => this.module.encodeRecord(persist))
    let mark = 0
    for (const { blocks } of queue) for (const { id } of blocks) mark = Math.max(mark, id.counter)
    const { incarnation, initial } = opened
    const preamble = (): ReadonlyArray<Uint8Array> => this.head(incarnation, initial, before)
    this.last = queue.at(-1) ?? before
    const failure = this.interrupted(failureOf(perform(opened.log.append({ records, mark, preamble }))))
    if (failure !== undefined) return failure
    for (const persist of queue) this.kept.add(persist)
    this.done = queue.length - 1
    return undefined
  }

  /** The power may go between two changes of the disk. */
  private interrupted(failure: string | undefined): string | undefined {
    if (this.disk.halted) this.torn = true
    return failure
  }

  /** Perhaps lets the power go in the middle of the write that comes next. */
  private mayTear(): void {
    if (this.options.tears()) this.disk.haltAfter(this.options.random.below(5))
  }

  takeSnapshot(name: SnapshotName, bytes: Uint8Array): string | undefined {
    const { opened } = this
    if (opened === undefined) return "it is not open"
    this.mayTear()
    const failure = failureOf(perform(opened.files.keep(name.block.counter, this.bytesOf(name), bytes)))
    if (failure === undefined) this.kept.snapshot = { name, bytes }
    return this.interrupted(failure)
  }

  readSnapshot(name: SnapshotName, offset: number, length: number): Uint8Array | string {
    const { opened } = this
    if (opened === undefined) return "it is not open"
    return Result.merge(perform(opened.files.read(name.block.counter, offset, length)))
  }

  writeSnapshot(name: SnapshotName, size: number, offset: number, bytes: Uint8Array): string | undefined {
    const { opened } = this
    if (opened === undefined) return "it is not open"
    this.mayTear()
    const piece = { rank: name.block.counter, name: this.bytesOf(name), size, offset, bytes }
    return this.interrupted(failureOf(perform(opened.files.write(piece))))
  }

  installSnapshot(name: SnapshotName): Uint8Array | string {
    const { opened } = this
    if (opened === undefined) return "it is not open"
    this.mayTear()
    const rank = name.block.counter
    const installed = perform(
      Effect.andThen(opened.files.install(rank), opened.files.read(rank, 0, Number.MAX_SAFE_INTEGER))
    )
    if (Result.isFailure(installed)) return this.interrupted(installed.failure) ?? installed.failure
    this.kept.snapshot = { name, bytes: installed.success }
    return installed.success
  }

  forget(through: number): void {
    const { opened } = this
    if (opened === undefined) return
    perform(opened.log.forget(through))
    this.kept.forget(through)
  }

  crash(kind: "power" | "process"): void {
    this.queue = []
    this.done = 0
    this.opened = undefined
    this.fails = false
    if (kind === "power" || this.torn) this.disk.crash()
    else this.disk.processCrash()
  }

  failNextSync(): void {
    this.fails = true
    this.disk.failNextSync()
  }

  full(on: boolean): void {
    this.noRoom = on
    this.disk.full(on ? this.disk.held : Infinity)
  }

  wipe(): void {
    this.disk.wipe()
    this.kept = new Kept()
    this.spoilt = false
  }

  spoil(how: "rot" | "misdirect", random: Prng): void {
    if (this.disk[how](random) !== undefined) this.spoilt = true
  }
}
