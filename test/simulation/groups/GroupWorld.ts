import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { killed, makeMemoryDisk, powerCut } from "../../../adapters/memory/index.ts"
import type { MemoryDisk } from "../../../adapters/memory/index.ts"
import { defaultBrokerConfig } from "../../../core/broker/index.ts"
import type {
  AnyCall,
  BrokerConfig,
  BrokerInput,
  BrokerOutput,
  BrokerState,
  Group,
  startBroker
} from "../../../core/broker/index.ts"
import { Calls } from "../../../core/broker/Calls.ts"
import { openImage } from "../../../core/broker/ImageFile.ts"
import { performer } from "../../../core/broker/Performer.ts"
import type { MemberInput, MemberOutput, MemberState } from "../../../core/client/index.ts"
import { answer } from "../../../core/machine/index.ts"
import type { Machine } from "../../../core/machine/index.ts"
import { apis, decodeRequest, decodeResponse, encodeRequest, encodeResponse } from "../../../core/protocol/index.ts"
import type { ApiName, Apis } from "../../../core/protocol/index.ts"
import { makeSimulation, swarmRates, task } from "../driver/index.ts"
import type { Actor, FaultRates, Simulation, TraceEvent } from "../driver/index.ts"
import { recover } from "../../../core/storage/index.ts"
import { BrokerBench } from "../../core/broker/BrokerBench.ts"
import { commandOf } from "../Scenario.ts"
import { GroupModel } from "./GroupModel.ts"
import { GroupNetwork } from "./GroupNetwork.ts"
import type { Exchange } from "./GroupNetwork.ts"

export type BrokerMachine = Machine<BrokerState, BrokerInput, BrokerOutput>
export type MemberMachine = Machine<MemberState, MemberInput, MemberOutput>

/** The machines under test, fresh for each run; a test of the simulation plants its bugs here. */
export interface Subjects {
  readonly broker: () => BrokerMachine
  readonly start: typeof startBroker
  readonly member: () => MemberMachine
}

/** The one group of a run, and its one topic. */
export const groupId = "g"
export const topic = "t"

/** How late a clock may be looked at, and how long an answer may be on its way where nothing is held back. */
const slackMs = 150

const longestRebalanceMs = 3000

const noRates: Partial<FaultRates> = { timeOut: 0, repeat: 0, delay: 0, linger: 0 }

const orThrow = <A, E>(result: Result.Result<A, E>): A => {
  if (Result.isFailure(result)) throw result.failure
  return result.success
}

/** A data folder with the topic, made once: every run begins with a copy. */
const folders = new Map<number, MemoryDisk>()

const folderWith = (partitions: number): MemoryDisk => {
  const known = folders.get(partitions)
  if (known !== undefined) return known
  const bench = new BrokerBench({ disk: makeMemoryDisk({ crashable: true }) })
  bench.createTopic(topic, partitions)
  folders.set(partitions, bench.disk)
  return bench.disk
}

/** A broker through all its restarts, the way to it, and what its clients were told. */
export class GroupWorld {
  readonly simulation: Simulation
  readonly subjects: Subjects
  readonly model: GroupModel
  readonly network: GroupNetwork
  /** In how many of a hundred processes a member of this package runs. */
  readonly cooperative: number
  /** Partitions of the topic, and as many of them as clients are told of; only this package's members look for new ones. */
  readonly partitions: number
  counted: number
  /** Whether nothing is late or lost and nobody stands still: then no partition may ever have two owners. */
  readonly gentle: boolean
  readonly sessionMs: number
  readonly rebalances: ReadonlyArray<number>
  /** Owners that take their time to let go. */
  readonly letGo: Array<() => void> = []
  brokerSince = 0
  private readonly machine: BrokerMachine
  private readonly config: BrokerConfig
  private readonly sticks: boolean
  private readonly exchanges = new Map<
    number,
    { readonly exchange: Exchange; readonly copy: number; readonly version: number }
  >()
  private disk: MemoryDisk
  private actor: Actor<BrokerState, BrokerInput> | undefined
  private loaded = false
  private ailing = false
  private runs = 0
  private calls = 0
  private offsets = 0

  constructor(seed: number, subjects: Subjects, watch: ((event: TraceEvent) => void) | undefined) {
    const rates = swarmRates(seed)
    this.gentle = seed % 4 === 0
    const faults = rates === undefined || !this.gentle ? rates : { ...rates, ...noRates }
    this.simulation = makeSimulation({ seed, faults, rerun: commandOf("groups"), watch, stepMs: 5 })
    this.subjects = subjects
    this.machine = this.watched(subjects.broker())
    const random = this.simulation.random("setup")
    this.sessionMs = random.pick([600, 1200])
    this.rebalances = this.gentle ? [longestRebalanceMs] : [random.pick([900, longestRebalanceMs]), longestRebalanceMs]
    this.partitions = 1 + random.below(5)
    this.cooperative = random.pick([0, 50, 100])
    const isGrowing = this.cooperative === 100 && this.partitions > 1 && random.chance(50)
    this.counted = isGrowing ? this.partitions - 1 : this.partitions
    this.sticks = !this.gentle && random.chance(15)
    const maxSize = random.pick([3, 20, 20, 20])
    this.config = {
      ...defaultBrokerConfig,
      clusterId: "test",
      fsync: "always",
      group: {
        ...defaultBrokerConfig.group,
        initialRebalanceDelayMs: random.pick([0, 0, 100]),
        newMemberTimeoutMs: random.pick([300_000, 2000]),
        maxSize
      }
    }
    this.model = new GroupModel(this.simulation, { waitMs: longestRebalanceMs, slackMs, maxSize })
    const losses = this.gentle ? 0 : random.pick([0, 0, 2, 5])
    this.network = new GroupNetwork(this.simulation, losses, !this.gentle, (exchange, copy) =>
      this.arrive(exchange, copy)
    )
    this.disk = folderWith(this.partitions).crashed(killed)
    this.start()
  }

  /** The group as the broker has it. */
  group(): Group | undefined {
    return this.actor?.state().groups.get(groupId)
  }

  /** An offset that nobody has committed yet. */
  nextOffset(): number {
    return ++this.offsets
  }

  crash(): void {
    this.actor?.crash()
  }

  get isDown(): boolean {
    return this.actor === undefined
  }

  /** Starts the broker where it is down, and anew where its disk has failed it. */
  restart(): void {
    if (this.ailing) {
      this.actor?.stop()
      this.brokerEnded()
    }
    if (this.actor === undefined) this.start()
  }

  private brokerEnded(): void {
    const machine = this.simulation.random("survival").chance(50)
    this.simulation.mark(machine ? "a machine ended" : "a process ended")
    this.disk = this.disk.crashed(machine ? powerCut : killed)
    this.actor = undefined
    this.loaded = false
    this.ailing = false
    this.exchanges.clear()
    this.model.brokerEnded()
    this.network.cut()
  }

  private start(): void {
    const { config, disk, simulation } = this
    const image = Effect.runSync(openImage(disk))
    const places = image.topics.flatMap(({ name, partitions }) =>
      Array.from({ length: partitions }, (_, partition) => ({ topic: name, partition }))
    )
    const partitions = places.map((place) => ({
      place,
      log: Effect.runSync(recover(disk, place, { ...config, exists: true }))
    }))
    const perform = performer({
      disk,
      config,
      timeoutMs: 1000,
      calls: new Calls(),
      loaded: Deferred.makeUnsafe(),
      stopped: Deferred.makeUnsafe(),
      report: (message) => simulation.note(message)
    })
    const now = simulation.now()
    this.brokerSince = now
    this.actor = simulation.spawn<BrokerState, BrokerInput, BrokerOutput>({
      name: `broker ${++this.runs}`,
      machine: this.machine,
      state: this.subjects.start({ config, image, partitions, now, seed: [simulation.seed, this.runs, 1] }),
      tick: (at) => ({ _tag: "Tick", now: at }),
      label: labelOf,
      crashed: () => this.brokerEnded(),
      perform: (output) => {
        if (output._tag === "Reply") return answer(() => this.reply(output.id, output.name, output.body))
        if (output._tag === "Loaded") {
          return answer(() => {
            this.loaded = true
          })
        }
        if (output._tag === "Report") this.ailing = true
        const meaning = perform(output)
        if (meaning._tag === "Answer") return meaning
        const { resource, run, timedOut } = meaning
        return task(resource, () => Effect.runSync(run), this.sticks ? { timedOut: timedOut() } : {})
      }
    })
    this.actor.feed({ _tag: "Tick", now })
  }

  /** The broker's machine, with an eye on its group after every step. */
  private watched(machine: BrokerMachine): BrokerMachine {
    return {
      wakeAt: machine.wakeAt,
      step: (state, input) => {
        if (input._tag === "Request") this.model.ask(input.call, state.groups.get(groupId))
        const transition = machine.step(state, input)
        this.model.watch(state.groups.get(groupId))
        return transition
      }
    }
  }

  private arrive(exchange: Exchange, copy: number): boolean {
    const { actor } = this
    if (actor === undefined || !this.loaded) return false
    const { body, client, name, version } = exchange.wish
    const id = ++this.calls
    const header = { apiVersion: version, correlationId: id, clientId: client }
    const frame = orThrow(encodeRequest(apis[name] as Apis[ApiName], header, body as never))
    const request = orThrow(decodeRequest(frame.subarray(4)))
    this.exchanges.set(id, { exchange, copy, version })
    const from = { clientId: client, clientHost: "/there", advertised: { host: "b", port: 9092 } }
    actor.feed({ _tag: "Request", call: { id, name, version, ...from, body: request.body } as unknown as AnyCall })
    return true
  }

  private reply(id: number, name: ApiName, body: Apis[ApiName]["response"]["Input"]): void {
    const sent = this.exchanges.get(id)
    if (sent === undefined) return this.simulation.fail(`${name} ${id} is answered twice, or was never asked`)
    this.exchanges.delete(id)
    const { copy, exchange, version } = sent
    const message = apis[name] as Apis[ApiName]
    const frame = orThrow(encodeResponse(message, { apiVersion: version, correlationId: id }, body as never))
    const { body: told } = orThrow(decodeResponse(message, version, frame.subarray(4)))
    this.model.tell(id, told)
    this.network.answer(exchange, copy, told)
  }
}

const codeOf = (body: object): string => ("errorCode" in body ? `${body.errorCode}` : "told")

const labelOf = (one: BrokerInput | BrokerOutput): string => {
  if (one._tag === "Request") return `${one.call.name} ${one.call.id} of ${one.call.clientId}`
  if (one._tag !== "Reply") return one._tag
  const generation = one.name === "JoinGroup" ? ` in generation ${one.body.generationId ?? -1}` : ""
  return `${one.name} ${one.id}: ${codeOf(one.body)}${generation}`
}
