import { GivenReplication, JournalError } from "../../journal/index.ts"
import type { GivenOutcome, Replication } from "../../journal/index.ts"
import { encodeBatchResponse, isNothingDone } from "../../lambda/index.ts"
import type { MappingOutput, PartitionRecords, ResumeAt } from "../../lambda/index.ts"
import { answer } from "../../machine/index.ts"
import { headsOf } from "../../store/index.ts"
import { task } from "../../simulation/index.ts"
import type { Node } from "../../simulation/index.ts"
import { beginning } from "../Begin.ts"
import { topic } from "../journal/JournalModel.ts"
import type { LambdaWorld } from "./LambdaWorld.ts"

type State = GivenReplication.GivenReplicationState
type Input = Replication.ReplicationInput
type Output = GivenReplication.GivenReplicationOutput
type Request = Replication.ReplicationRequest
type Answer = Replication.ReplicationAnswer

/** How an invocation has ended: with an answer, or `undefined` where the function has thrown. */
type Ended = (answer: unknown) => void

interface Invocation {
  readonly batch: ReadonlyArray<PartitionRecords>
  readonly resume: Array<ResumeAt>
  open: number
  readonly ended: Ended
}

const down = (partition: number): JournalError =>
  new JournalError({ reason: "Unavailable", topic, partition, message: "It is down." })

const labelOf = (one: Input | Output): string => {
  if (one._tag === "Answered") return `Answered ${one.answer._tag}`
  if (one._tag === "Ended") return `Ended ${one.outcome._tag} ${one.outcome.nextOffset ?? "?"}`
  if (one._tag !== "Request") return one._tag
  return one.request._tag === "Write"
    ? `Write ${one.request.steps.map(({ _tag }) => _tag).join(" ")}`
    : one.request._tag
}

const resourceOf = (request: Request): string => (request._tag === "Write" ? `line ${request.line}` : request._tag)

/** A sandbox: one function at a time, which replicates each partition of its event on a node of its own. */
class Sandbox {
  private readonly world: LambdaWorld
  private readonly nodes: ReadonlyArray<Node<State, Input>>
  private configs: ReadonlyArray<GivenReplication.GivenReplicationConfig> = []
  private invocation: Invocation | undefined

  constructor(world: LambdaWorld, name: string) {
    this.world = world
    this.nodes = world.partitions.map(({ partition }) => this.node(`${name}/${partition}`, partition))
    for (const node of this.nodes) node.stop()
  }

  get isFree(): boolean {
    return this.invocation === undefined
  }

  begin(
    configs: ReadonlyArray<GivenReplication.GivenReplicationConfig>,
    batch: ReadonlyArray<PartitionRecords>,
    ended: Ended
  ) {
    this.configs = configs
    this.invocation = { batch, resume: [], open: batch.length, ended }
    for (const { partition } of batch) this.nodes[partition]?.restart()
  }

  /** Ends whatever is under way, and says nothing. */
  kill(): void {
    this.invocation = undefined
    for (const node of this.nodes) node.stop()
  }

  private crashed(): void {
    const { invocation } = this
    this.kill()
    invocation?.ended(undefined)
  }

  /** A partition has ended; with the last one the function answers, or throws where it has done nothing. */
  private done(partition: number, outcome: GivenOutcome): void {
    const { invocation, world } = this
    this.nodes[partition]?.stop()
    if (invocation === undefined) return
    world.simulation.mark(`a partition was ${outcome._tag}`)
    if (outcome._tag === "Failed" && outcome.error.reason === "Lost") world.simulation.mark("records were missing")
    const records = invocation.batch.find((one) => one.partition === partition)?.records ?? []
    const offset = world.subjects.firstUnstored({ records }, outcome)
    if (offset !== undefined) invocation.resume.push({ topic, partition, offset })
    if (--invocation.open > 0) return
    this.invocation = undefined
    const throws = isNothingDone(invocation.batch, invocation.resume)
    invocation.ended(throws ? undefined : encodeBatchResponse(invocation.resume))
  }

  private node(name: string, partition: number): Node<State, Input> {
    const { simulation, subjects } = this.world
    return simulation.node<State, Input, Output>({
      name,
      restarts: false,
      crashed: () => this.crashed(),
      boot: (node) => ({
        machine: subjects.replication,
        state: GivenReplication.startGiven(this.configs[partition] ?? configOf(this.world, partition, [], 0)),
        tick: beginning<State, Input>(node, { _tag: "Begin" }, (now) => ({ _tag: "Tick", now })),
        label: labelOf,
        status: ({ nextOffset }) => `next ${nextOffset ?? "?"}`,
        perform: (output) => {
          if (output._tag === "Ended") return answer(() => this.done(partition, output.outcome))
          if (output._tag !== "Request") return answer(() => simulation.mark(output._tag))
          const { epoch, request } = output
          const answered = (reply: Answer): Input => ({ _tag: "Answered", epoch, answer: reply })
          return task(resourceOf(request), () => answered(this.carryOut(partition, node.now(), request)), {
            timedOut: answered(this.late(partition, request)),
            repeatable: true,
            // Only a store that fences refuses what comes late.
            remote: this.world.fences
          })
        }
      })
    })
  }

  private late(partition: number, request: Request): Answer {
    return request._tag === "ReadLog" || request._tag === "Look"
      ? { _tag: "LogFailed", failure: { _tag: "Retry", error: down(partition) } }
      : { _tag: "StoreFailed", error: down(partition), request }
  }

  private carryOut(partition: number, now: number, request: Request): Answer {
    const { world } = this
    const { log, store } = world.at(partition)
    if (world.fault("down", 4)) return this.late(partition, request)
    switch (request._tag) {
      case "ReadPointer":
        return { _tag: "PointerRead", offset: store.pointer }
      case "ConfirmPointer":
        return { _tag: "PointerConfirmed", offset: store.pointer }
      case "ReadHeads":
        return { _tag: "HeadsRead", ids: request.ids, heads: headsOf(request.ids, (id) => store.heads.get(id)) }
      case "Write":
        return this.write(partition, now, request)
      case "ReadLog":
      case "Look": {
        world.simulation.mark("missing records were read from the log")
        const page = log.read(request.offset, 3)
        return page === undefined ? this.late(partition, request) : { _tag: "LogRead", page }
      }
    }
  }

  private write(
    partition: number,
    now: number,
    { line, steps, until }: Extract<Request, { readonly _tag: "Write" }>
  ): Answer {
    const { world } = this
    const at = world.at(partition)
    if (until !== undefined && now > until) return { _tag: "TooLate", line }
    const before = at.store.pointer
    if (!at.store.write(steps)) {
      world.simulation.mark("a function was fenced")
      return { _tag: "Fenced" }
    }
    world.checkStored(at, before)
    return { _tag: "Written", line }
  }
}

const configOf = (
  { atomic, hasLog, largestGap, simulation }: LambdaWorld,
  partition: number,
  records: PartitionRecords["records"],
  deadline: number
): GivenReplication.GivenReplicationConfig => {
  const time = simulation.knob("functionTimeoutMs")
  return {
    topic,
    partition,
    records,
    largestGap,
    atomic,
    hasLog,
    compares: false,
    lookBack: 0,
    journalsAtOnce: simulation.knob("journalsAtOnce"),
    heads: simulation.knob("heads"),
    backoffMs: 5,
    maxBackoffMs: 20,
    fenceMs: simulation.knob("fenceMs"),
    pageBytes: simulation.knob("pageBytes"),
    patienceMs: simulation.knob("patienceMs"),
    stopAt: deadline - time / 3,
    endAt: deadline - time / 10
  }
}

/** Where functions run: a few sandboxes, each with one invocation at a time. */
export class Sandboxes {
  private readonly world: LambdaWorld
  private readonly sandboxes: ReadonlyArray<Sandbox>

  constructor(world: LambdaWorld) {
    this.world = world
    this.sandboxes = [1, 2, 3, 4].map((n) => new Sandbox(world, `sandbox ${n}`))
  }

  /** The names of the nodes that functions run on. */
  get names(): ReadonlyArray<string> {
    return [1, 2, 3, 4].flatMap((n) => this.world.partitions.map(({ partition }) => `sandbox ${n}/${partition}`))
  }

  /** Invokes the function, and gives what kills it; `undefined` where no sandbox is free. */
  invoke({ partitions }: Extract<MappingOutput, { readonly _tag: "Invoke" }>, ended: Ended): (() => void) | undefined {
    const { world } = this
    const free = this.sandboxes.find(({ isFree }) => isFree)
    if (free === undefined) return undefined
    const deadline = world.simulation.now() + world.simulation.knob("functionTimeoutMs")
    const configs = world.partitions.map(({ partition }) => {
      const records = partitions.find((one) => one.partition === partition)?.records ?? []
      return configOf(world, partition, records, deadline)
    })
    let isOver = false
    free.begin(configs, partitions, (given) => {
      isOver = true
      ended(given)
    })
    return () => {
      if (isOver) return
      isOver = true
      free.kill()
    }
  }
}
