import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { Calls, defaultBrokerConfig, openImage, performer } from "../../broker/index.ts"
import type { AnyCall, BrokerConfig, BrokerInput, BrokerOutput, BrokerState, Group } from "../../broker/index.ts"
import { answer } from "../../machine/index.ts"
import { apis, decodeRequest, decodeResponse, encodeRequest, encodeResponse } from "../../protocol/index.ts"
import type { ApiName, Apis } from "../../protocol/index.ts"
import { task } from "../../simulation/index.ts"
import type { Life, Node, Simulation, SimulatedDisk } from "../../simulation/index.ts"
import { recover } from "../../storage/index.ts"
import { diskWith } from "./BrokerDisk.ts"
import { GroupModel } from "./GroupModel.ts"
import { GroupNetwork } from "./GroupNetwork.ts"
import type { Exchange } from "./GroupNetwork.ts"
import { broken } from "./GroupPromises.ts"
import type { GroupsSubjects } from "./GroupsSubjects.ts"

/** The one group of a run, and its one topic. */
export const groupId = "g"
export const topic = "t"

/** How late a clock may be looked at, and how long an answer may be on its way where nothing is held back. */
const slackMs = 150

const longestRebalanceMs = 3000

const orThrow = <A, E>(result: Result.Result<A, E>): A => {
  if (Result.isFailure(result)) throw result.failure
  return result.success
}

/** A broker through all its restarts, the way to it, and what its clients were told. */
export class GroupWorld {
  readonly simulation: Simulation
  readonly subjects: GroupsSubjects
  readonly model: GroupModel
  readonly network: GroupNetwork
  /** Whether anything goes wrong by itself. */
  readonly faulty: boolean
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
  /** Called after each step of a client. */
  stepped: () => void = () => undefined
  private readonly machine: GroupsSubjects["broker"]
  private readonly config: BrokerConfig
  private readonly sticks: boolean
  private readonly exchanges = new Map<
    number,
    { readonly exchange: Exchange; readonly copy: number; readonly version: number }
  >()
  private readonly disk: SimulatedDisk
  private readonly node: Node<BrokerState, BrokerInput>
  private loaded = false
  private ailing = false
  private runs = 0
  private calls = 0
  private offsets = 0

  constructor(simulation: Simulation, subjects: GroupsSubjects) {
    this.simulation = simulation
    this.subjects = subjects
    this.machine = this.watched(subjects.broker)
    this.faulty = simulation.knob("faults") === 1
    this.gentle = simulation.knob("gentle") === 1
    this.sessionMs = simulation.knob("sessionMs")
    this.rebalances = [this.gentle ? longestRebalanceMs : simulation.knob("rebalanceMs"), longestRebalanceMs]
    this.partitions = simulation.knob("partitions")
    this.cooperative = simulation.knob("cooperative")
    const isGrowing = this.cooperative === 100 && this.partitions > 1 && simulation.knob("grows") === 1
    this.counted = isGrowing ? this.partitions - 1 : this.partitions
    this.sticks = !this.gentle && simulation.knob("sticks") === 1
    const maxSize = simulation.knob("maxSize")
    this.config = {
      ...defaultBrokerConfig,
      clusterId: "test",
      fsync: "always",
      group: {
        ...defaultBrokerConfig.group,
        initialRebalanceDelayMs: simulation.knob("initialDelayMs"),
        newMemberTimeoutMs: simulation.knob("newMemberMs"),
        maxSize
      }
    }
    const diskMs = 20 * simulation.knob("slowMs")
    this.model = new GroupModel(simulation, { waitMs: longestRebalanceMs, slackMs, diskMs, maxSize })
    const losses = this.gentle || !this.faulty ? 0 : simulation.knob("losses")
    this.network = new GroupNetwork(simulation, losses, !this.gentle, (exchange, copy) => this.arrive(exchange, copy))
    this.disk = diskWith(simulation.random("disk"), topic, this.partitions, this.config)
    this.node = simulation.node<BrokerState, BrokerInput, BrokerOutput>({
      name: "broker",
      restarts: false,
      crashed: () => this.brokerEnded(),
      boot: () => this.life()
    })
  }

  /** A fault of the world's own, in so many of a hundred cases. */
  fault(name: string, percent: number): boolean {
    return this.faulty && percent > 0 && this.simulation.chance(name, percent)
  }

  /** The group as the broker has it. */
  group(): Group | undefined {
    return this.node.alive() ? this.node.state().groups.get(groupId) : undefined
  }

  /** An offset that nobody has committed yet. */
  nextOffset(): number {
    return ++this.offsets
  }

  crash(): void {
    this.node.crash()
  }

  get isDown(): boolean {
    return !this.node.alive()
  }

  /** Starts the broker where it is down, and anew where its disk has failed it. */
  restart(): void {
    if (this.ailing) {
      this.node.stop()
      this.brokerEnded()
    }
    if (this.isDown) this.node.restart()
  }

  private brokerEnded(): void {
    const random = this.simulation.random("survival")
    const machine = random.chance(50)
    this.simulation.mark(machine ? "a machine ended" : "a process ended")
    if (machine) this.disk.crash()
    else this.disk.processCrash()
    this.loaded = false
    this.ailing = false
    this.exchanges.clear()
    this.model.brokerEnded()
    this.network.cut()
  }

  private life(): Life<BrokerState, BrokerInput, BrokerOutput, never> {
    const { config, simulation } = this
    const { disk } = this.disk
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
    return {
      machine: this.machine,
      state: this.subjects.start({ config, image, partitions, now, seed: [simulation.seed, ++this.runs, 1] }),
      tick: (at) => ({ _tag: "Tick", now: at }),
      label: labelOf,
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
    }
  }

  /** The broker's machine, with an eye on its group after every step. */
  private watched(machine: GroupsSubjects["broker"]): GroupsSubjects["broker"] {
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
    if (this.isDown || !this.loaded) return false
    const { body, client, name, version } = exchange.wish
    const id = ++this.calls
    const header = { apiVersion: version, correlationId: id, clientId: client }
    const frame = orThrow(encodeRequest(apis[name] as Apis[ApiName], header, body as never))
    const request = orThrow(decodeRequest(frame.subarray(4)))
    this.exchanges.set(id, { exchange, copy, version })
    const from = { clientId: client, clientHost: "/there", advertised: { host: "b", port: 9092 } }
    this.node.feed({ _tag: "Request", call: { id, name, version, ...from, body: request.body } as unknown as AnyCall })
    return true
  }

  private reply(id: number, name: ApiName, body: Apis[ApiName]["response"]["Input"]): void {
    const sent = this.exchanges.get(id)
    if (sent === undefined)
      return this.simulation.fail(broken.answers, `${name} ${id} is answered twice, or was never asked`)
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
