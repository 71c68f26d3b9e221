import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { FsyncPolicy } from "../../../core/broker/BrokerConfig.ts"
import type { PartitionInput, PartitionOutput } from "../../../core/broker/PartitionLogIo.ts"
import type { PartitionLogConfig, PartitionState } from "../../../core/broker/PartitionState.ts"
import type { TopicPartition } from "../../../core/log/index.ts"
import { answer } from "../../../core/machine/index.ts"
import type { Machine } from "../../../core/machine/index.ts"
import { powerCut } from "../../../adapters/memory/index.ts"
import { DiskError } from "../../../core/ports/index.ts"
import type { Disk } from "../../../core/ports/index.ts"
import { makeSimulation, swarmRates, task } from "../driver/index.ts"
import type { Actor, Simulation, TraceEvent } from "../driver/index.ts"
import { logFile } from "../../../core/storage/index.ts"
import type { PartitionDamaged, RecoveredLog, RecoveryOptions } from "../../../core/storage/index.ts"
import { defaults, partition } from "../../core/broker/PartitionBench.ts"
import { commandOf } from "../Scenario.ts"
import { LogModel, sameBytes } from "./LogModel.ts"
import { Questions } from "./Questions.ts"
import { SimulatedDisk } from "./SimulatedDisk.ts"

export type LogMachine = Machine<PartitionState, PartitionInput, PartitionOutput>

/** What is under test, fresh for each run; a test of the simulation plants its bugs here. */
export interface Subjects {
  readonly machine: () => LogMachine
  readonly recover: (
    disk: Disk,
    partition: TopicPartition,
    options: RecoveryOptions
  ) => Effect.Effect<RecoveredLog, DiskError | PartitionDamaged>
  readonly open: (config: PartitionLogConfig, recovered: RecoveredLog) => PartitionState
}

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
  readonly disk: SimulatedDisk
  readonly config: PartitionLogConfig
  private readonly machine: LogMachine
  private readonly subjects: Subjects
  private readonly maxProducers: number
  /** In how many of a hundred changes of the disk the log crashes. */
  private readonly fragile: number
  /** Whether the disk may not answer in time. */
  private readonly sticks: boolean
  private actor: Actor<PartitionState, PartitionInput> | undefined
  private runs = 0
  /** Whether recovery has found or made the partition before. */
  private isMade = false
  /** What the end of the machine must leave, unless more is known to be synced. */
  private kept = 0

  constructor(seed: number, subjects: Subjects, watch: ((event: TraceEvent) => void) | undefined) {
    this.simulation = makeSimulation({ seed, faults: swarmRates(seed), rerun: commandOf("log"), watch })
    const random = this.simulation.random("setup")
    this.subjects = subjects
    this.machine = subjects.machine()
    this.fragile = random.pick([0, 1, 5])
    this.sticks = random.chance(20)
    this.policy = random.pick<FsyncPolicy>(["always", "always", "interval", "none"])
    this.maxProducers = random.pick([2, 100])
    this.model = new LogModel(this.maxProducers)
    const retains = random.chance(20)
    this.config = {
      ...defaults,
      fsync: this.policy,
      fsyncIntervalMs: random.pick([5, 50]),
      segmentBytes: random.pick([150, 400, 2000, 20_000]),
      maxBatchBytes: 10_000,
      maxPendingBytes: random.pick([300, 1 << 20]),
      retentionMs: retains ? random.pick([-1, 300]) : -1,
      retentionBytes: retains ? random.pick([-1, 0, 1000]) : -1,
      retentionCheckMs: 10
    }
    this.disk = new SimulatedDisk(this.simulation)
    this.questions = new Questions(this)
    this.start(this.kept)
  }

  feed(input: PartitionInput): void {
    this.actor?.feed(input)
  }

  crash(): void {
    this.actor?.crash()
  }

  /** Ends the process in order, after its log was closed or went offline; what the system holds may still be lost. */
  restart(): void {
    this.actor?.stop()
    this.restartAfter(() => this.disk.crash())
  }

  /** Ends the machine at once, which takes all that was not synced. */
  cutPower(): void {
    this.actor?.stop()
    this.restartAfter(() => this.disk.lose(powerCut))
  }

  /** Whether the log has nothing to do, now or later. */
  idle(): boolean {
    const { actor } = this
    if (actor === undefined) return true
    const { pending, removing, syncDueAt, syncing, writing } = actor.state()
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

  fail(what: string): never {
    const { disk, kept, model, policy, questions } = this
    const story = model.batches.map(({ base, last, sender }) => {
      const by = sender === undefined ? "" : ` of ${sender.id}/${sender.epoch}/${sender.sequence}`
      return `${base}-${last}${by}`
    })
    return this.simulation.fail(
      `${what}\nthe log from ${model.start} to ${model.end} is to have ${story.join(", ")}\n` +
        `told ${questions.told}, kept ${kept}, synced ${disk.synced}, fsync ${policy}, segments of ${this.config.segmentBytes} bytes`
    )
  }

  private restartAfter(ended: () => boolean): void {
    const { disk, policy, questions } = this
    this.kept = Math.max(this.kept, disk.synced, policy === "always" ? questions.told : 0)
    this.start(ended() ? this.kept : Math.max(this.kept, questions.told))
  }

  /** Recovers the log, which may itself be cut short, and runs it; `least` is what must be found of it. */
  private start(least: number): void {
    const { disk, simulation } = this
    let must = least
    for (;;) {
      const recovered = this.recover()
      if (recovered !== undefined) {
        this.check(recovered, must)
        if (!simulation.fault("crash after recovery", 25)) return this.run(recovered)
        must = this.kept
        disk.crash()
      } else if (disk.crash()) must = this.kept
    }
  }

  /** What recovery gives; `undefined` when it crashes. */
  private recover(): RecoveredLog | undefined {
    const { disk, simulation, subjects } = this
    const breaks = simulation.fault("crash in recovery", 15)
    if (breaks) disk.now.crashAfter(simulation.random("recovery").below(200))
    const options: RecoveryOptions = { maxProducers: this.maxProducers, exists: this.isMade }
    const found = Effect.runSync(Effect.result(subjects.recover(disk.now, partition, options)))
    disk.now.crashAfter(Infinity)
    if (Result.isSuccess(found)) return found.success
    if (breaks && found.failure instanceof DiskError) return undefined
    return this.fail(`it is not recovered: ${found.failure.message}`)
  }

  private run(recovered: RecoveredLog): void {
    this.actor = this.simulation.spawn<PartitionState, PartitionInput, PartitionOutput>({
      name: `log ${++this.runs}`,
      machine: this.machine,
      state: this.subjects.open(this.config, recovered),
      tick: (now) => ({ _tag: "Tick", now }),
      label: labelOf,
      crashed: () => this.restartAfter(() => this.disk.crash()),
      perform: (output) => this.perform(output)
    })
  }

  /** Compares what recovery has found with what may be there, and takes it for the truth from now on. */
  private check(recovered: RecoveredLog, least: number): void {
    const { model, questions, simulation } = this
    const { checkpoint, cut, folder, segments } = recovered
    const end = segments[segments.length - 1]?.endOffset ?? 0
    if (cut !== undefined) simulation.mark(`a ${cut.reason.toLowerCase()} tail was cut off`)
    if (end < least) this.fail(`recovery finds the log to end at ${end}, and ${least} was promised`)
    if (end < model.end) simulation.mark("records were lost")
    if (!model.cut(end)) this.fail(`recovery finds the log to end at ${end}, where no batch ends`)
    for (const { base, endOffset, size } of segments) {
      const bytes = this.disk.whole(logFile(folder, base))
      if (bytes.length !== size)
        this.fail(`the file of segment ${base} has ${bytes.length} bytes, and is taken for ${size}`)
      if (!sameBytes(bytes, model.bytes(base, endOffset))) this.fail(`segment ${base} has not what was appended to it`)
    }
    if (checkpoint.logStart < questions.startTold || checkpoint.logStart > questions.startWanted) {
      this.fail(
        `the log begins at ${checkpoint.logStart}, was said to at ${questions.startTold}, and is to at ${questions.startWanted}`
      )
    }
    model.start = checkpoint.logStart
    this.isMade = true
    this.kept = end
    questions.begin(end)
  }

  private perform(output: PartitionOutput) {
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
      if (this.simulation.fault("crash between changes of the disk", this.fragile)) {
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
