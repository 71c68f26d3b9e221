import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type {
  FsyncPolicy,
  PartitionInput,
  PartitionLogConfig,
  PartitionOutput,
  PartitionState
} from "../../broker/index.ts"
import { sameBytes } from "../../bytes/index.ts"
import { noDecompress } from "../../log/index.ts"
import { answer } from "../../machine/index.ts"
import { DiskError } from "../../ports/index.ts"
import { task } from "../../simulation/index.ts"
import type { Meaning, Node, Simulation } from "../../simulation/index.ts"
import { checkpointFile, logFile } from "../../storage/index.ts"
import type { RecoveredLog, RecoveryOptions } from "../../storage/index.ts"
import { LogDisk } from "./LogDisk.ts"
import { LogModel } from "./LogModel.ts"
import { broken } from "./LogPromises.ts"
import type { LogPromise } from "./LogPromises.ts"
import type { LogSubjects } from "./LogSubjects.ts"
import { Questions } from "./Questions.ts"

const partition = { topic: "orders", partition: 0 }

const policies: ReadonlyArray<FsyncPolicy> = ["always", "interval", "none"]

const stuck = new DiskError({ reason: "Io", operation: "any", path: "", message: "The disk is stuck." })

const labelOf = (one: PartitionInput | PartitionOutput): string => {
  switch (one._tag) {
    case "Perform":
      return `Perform ${one.id} ${one.lane}: ${one.steps.map(({ _tag }) => _tag).join(" ")}`
    case "Appended":
      return `Appended ${one.id} at ${one.baseOffset}`
    case "Advanced":
      return `Advanced to ${one.highWatermark}`
    case "Fetch":
    case "Trim":
      return `${one._tag} ${one.id} at ${one.offset}`
    default:
      return "id" in one ? `${one._tag} ${one.id}` : one._tag
  }
}

/** A partition's log on a disk, through all its restarts, and what its clients were told. */
export class LogWorld {
  readonly simulation: Simulation
  readonly policy: FsyncPolicy
  readonly model: LogModel
  readonly questions: Questions
  readonly disk: LogDisk
  readonly config: PartitionLogConfig
  private readonly subjects: LogSubjects
  private readonly maxProducers: number
  /** Whether anything goes wrong by itself. */
  private readonly faulty: boolean
  /** In how many of a hundred changes of the disk the log crashes. */
  private readonly fragile: number
  /** Whether the disk may not answer in time. */
  private readonly sticks: boolean
  private readonly node: Node<PartitionState, PartitionInput>
  /** What the next life begins with. */
  private recovered: RecoveredLog
  /** Whether recovery has found or made the partition before. */
  private isMade = false
  /** What the end of the machine must leave, unless more is known to be synced. */
  private kept = 0

  constructor(simulation: Simulation, subjects: LogSubjects) {
    this.simulation = simulation
    this.subjects = subjects
    this.faulty = simulation.knob("faults") === 1
    this.fragile = this.faulty ? simulation.knob("fragile") : 0
    this.sticks = simulation.knob("sticks") === 1
    this.policy = policies[simulation.knob("fsync")] ?? "always"
    this.maxProducers = simulation.knob("maxProducers")
    this.model = new LogModel(this.maxProducers)
    this.config = {
      fsync: this.policy,
      fsyncIntervalMs: simulation.knob("fsyncIntervalMs"),
      segmentBytes: simulation.knob("segmentBytes"),
      maxBatchBytes: 10_000,
      maxPendingBytes: simulation.knob("maxPendingBytes"),
      retentionMs: simulation.knob("retentionMs"),
      retentionBytes: simulation.knob("retentionBytes"),
      retentionCheckMs: 10,
      decompress: noDecompress
    }
    this.disk = new LogDisk(simulation)
    this.questions = new Questions(this)
    this.recovered = this.recover(this.kept)
    this.node = simulation.node<PartitionState, PartitionInput, PartitionOutput>({
      name: "log",
      restarts: false,
      crashed: () => this.restartAfter(() => this.disk.crash()),
      boot: () => ({
        machine: subjects.machine,
        state: subjects.open(this.config, this.recovered),
        tick: (now) => ({ _tag: "Tick", now }),
        label: labelOf,
        status: ({ highWatermark, logStart }) => `${logStart} to ${highWatermark}`,
        perform: (output) => this.perform(output)
      })
    })
  }

  feed(input: PartitionInput): void {
    this.node.feed(input)
  }

  crash(): void {
    this.node.crash()
  }

  /** Ends the process in order, after its log was closed or went offline; what the system holds may still be lost. */
  restart(): void {
    this.node.stop()
    this.restartAfter(() => this.disk.crash())
  }

  /** Ends the machine at once, which takes all that was not synced. */
  cutPower(): void {
    this.node.stop()
    this.restartAfter(() => this.disk.crash("Lost"))
  }

  /** Spoils a bit, or a sector, of what is synced: recovery says so, or it has done no harm. */
  decay(): void {
    const { disk, isMade, maxProducers, model, simulation, subjects } = this
    const random = simulation.random("decay")
    const kind = simulation.knob("decay")
    if (kind === 0) return
    this.node.stop()
    const spoilt = kind === 1 ? disk.whole.rot(random) : disk.whole.misdirect(random)
    if (spoilt === undefined) return
    const found = Effect.runSync(
      Effect.result(subjects.recover(disk.whole.disk, partition, { maxProducers, exists: isMade }))
    )
    if (Result.isFailure(found)) {
      if (found.failure instanceof DiskError) this.fail(broken.recovery, found.failure.message)
      return simulation.mark("decay was noticed")
    }
    simulation.mark("decay did no harm")
    const { folder, segments } = found.success
    const [active] = segments.slice(-1)
    // An older checkpoint knows less of the log's end.
    const isShorter = kind === 2 && spoilt.includes(checkpointFile(folder))
    if (active?.endOffset !== model.end && !isShorter) {
      this.fail(broken.decay, `${spoilt} is spoilt: recovery finds the log to end at ${active?.endOffset}`)
    }
    for (const { base, endOffset, size } of segments) {
      const path = logFile(folder, base)
      // A closed segment is known by its index, and read by clients with their checksums.
      if (base !== active?.base && spoilt.includes(path)) continue
      if (!model.checksums(base, endOffset, disk.file(path).subarray(0, size))) {
        this.fail(broken.decay, `${spoilt} is spoilt: segment ${base} has not what was appended to it`)
      }
    }
  }

  /** Whether the log has nothing to do, now or later. */
  idle(): boolean {
    const { pending, removing, syncDueAt, syncing, writing } = this.node.state()
    return pending.length === 0 && [removing, syncDueAt, syncing, writing].every((one) => one === undefined)
  }

  /** From now on nothing that there is may be lost. */
  keepAll(): void {
    this.kept = this.model.end
  }

  /** Whether the log may give up records by itself. */
  get retains(): boolean {
    return this.config.retentionMs >= 0 || this.config.retentionBytes >= 0
  }

  fail(promise: LogPromise, what: string): never {
    const { disk, kept, model, policy, questions } = this
    const story = model.batches.map(({ base, last, sender }) => {
      const by = sender === undefined ? "" : ` of ${sender.id}/${sender.epoch}/${sender.sequence}`
      return `${base}-${last}${by}`
    })
    return this.simulation.fail(
      promise,
      `${what}\nthe log from ${model.start} to ${model.end} is to have ${story.join(", ")}\n` +
        `told ${questions.told}, kept ${kept}, synced ${disk.synced}, fsync ${policy}, segments of ${this.config.segmentBytes} bytes`
    )
  }

  private restartAfter(ended: () => boolean): void {
    const { disk, policy, questions } = this
    this.kept = Math.max(this.kept, disk.synced, policy === "always" ? questions.told : 0)
    this.recovered = this.recover(ended() ? this.kept : Math.max(this.kept, questions.told))
    this.node.restart()
  }

  /** Recovers the log, which may itself be cut short; `least` is what must be found of it. */
  private recover(least: number): RecoveredLog {
    const { disk } = this
    let must = least
    for (;;) {
      const recovered = this.attempt()
      if (recovered !== undefined) {
        this.check(recovered, must)
        if (!this.fault("crash after recovery", 25)) return recovered
        must = this.kept
        disk.crash()
      } else if (disk.crash()) must = this.kept
    }
  }

  /** What recovery gives; `undefined` when it crashes, or fails with a sync. */
  private attempt(): RecoveredLog | undefined {
    const { disk, simulation, subjects } = this
    const breaks = this.fault("crash in recovery", 15)
    if (breaks) disk.whole.haltAfter(simulation.random("recovery").below(12))
    const fails = this.fault("sync failed in recovery", 15)
    const files = fails ? disk.failingSync(simulation.random("syncs of recovery").below(3)) : disk.whole.disk
    const options: RecoveryOptions = { maxProducers: this.maxProducers, exists: this.isMade }
    const found = Effect.runSync(Effect.result(subjects.recover(files, partition, options)))
    disk.whole.haltAfter(Infinity)
    if (Result.isSuccess(found)) return found.success
    if ((breaks || fails) && found.failure instanceof DiskError) return undefined
    return this.fail(broken.recovery, `it is not recovered: ${found.failure.message}`)
  }

  private fault(name: string, percent: number): boolean {
    return this.faulty && percent > 0 && this.simulation.chance(name, percent)
  }

  /** Compares what recovery has found with what may be there, and takes it for the truth from now on. */
  private check(recovered: RecoveredLog, least: number): void {
    const { model, questions, simulation } = this
    const { checkpoint, cut, folder, segments } = recovered
    const end = segments[segments.length - 1]?.endOffset ?? 0
    if (cut !== undefined) simulation.mark(`a ${cut.reason.toLowerCase()} tail was cut off`)
    if (end < least) this.fail(broken.promises, `recovery finds the log to end at ${end}, and ${least} was promised`)
    if (end < model.end) simulation.mark("records were lost")
    if (!model.cut(end)) this.fail(broken.content, `recovery finds the log to end at ${end}, where no batch ends`)
    for (const { base, endOffset, size } of segments) {
      const bytes = this.disk.file(logFile(folder, base))
      if (bytes.length !== size)
        this.fail(broken.content, `the file of segment ${base} has ${bytes.length} bytes, and is taken for ${size}`)
      if (!sameBytes(bytes, model.bytes(base, endOffset)))
        this.fail(broken.content, `segment ${base} has not what was appended to it`)
    }
    if (checkpoint.logStart < questions.startTold || checkpoint.logStart > questions.startWanted) {
      this.fail(
        broken.marks,
        `the log begins at ${checkpoint.logStart}, was said to at ${questions.startTold}, and is to at ${questions.startWanted}`
      )
    }
    model.start = checkpoint.logStart
    this.isMade = true
    this.kept = end
    questions.begin(end)
  }

  private perform(output: PartitionOutput): Meaning<PartitionInput> {
    if (output._tag === "Read") {
      const { id, length, path, position } = output
      return this.request<PartitionInput>(undefined, id, () => {
        const read = this.disk.read(path, position, length)
        return read instanceof DiskError ? { _tag: "Failed", id, error: read } : { _tag: "ReadDone", id, bytes: read }
      })
    }
    if (output._tag !== "Perform") return answer(() => this.questions.hear(output))
    const { id, lane, steps } = output
    if (steps.some(({ _tag }) => _tag === "SyncFolder") && lane === "write")
      this.simulation.mark("a segment was rolled")
    const parts = this.disk.partsOf(steps)
    return this.request<PartitionInput>(lane, id, () => {
      if (this.fault("crash between changes of the disk", this.fragile)) {
        this.crash()
        return { _tag: "Failed", id, error: stuck }
      }
      const error = parts.shift()?.()
      if (error !== undefined) return { _tag: "Failed", id, error }
      return parts.length === 0 ? { _tag: "Performed", id } : undefined
    })
  }

  private request<Input extends PartitionInput>(lane: string | undefined, id: number, act: () => Input | undefined) {
    return task<PartitionInput>(lane, act, this.sticks ? { timedOut: { _tag: "Failed", id, error: stuck } } : {})
  }
}
