import * as Result from "effect/Result"
import type {
  Application,
  Block,
  ChainInput,
  ChainOutput,
  ChainState,
  Message,
  Sessions,
  SnapshotName,
  Waiting
} from "../../chain/index.ts"
import { showBlock } from "../../chain/index.ts"
import { answer } from "../../machine/index.ts"
import { fnvBasis, fnvNumber, nothing, send, task } from "../../simulation/index.ts"
import type { Life, Meaning, Prng } from "../../simulation/index.ts"
import { hashChain } from "./Commands.ts"
import { keepsData } from "./Decides.ts"
import { label, status } from "./Labels.ts"
import { Marks } from "./Marks.ts"
import { syncFailed } from "./NodeDisk.ts"
import { Watch } from "./Watch.ts"
import { throughStream } from "./Wire.ts"
import { nameOf } from "./Place.ts"
import type { Envelope } from "./Envelope.ts"
import type { Place } from "./Place.ts"
import type { World } from "./World.ts"

const noBytes = new Uint8Array(0)
const names = Array.from({ length: 32 }, (_, id) => nameOf(id))
const ids = new Map(names.map((name, id) => [name, id]))

/** One life of a node: its machine, its application, and what its outputs mean. */
export class Replica {
  readonly state: ChainState
  private readonly world: World
  private readonly place: Place
  private readonly watch: Watch
  private readonly marks: Marks
  private readonly random: Prng
  private readonly application: Application<number>
  private sessions: Sessions<number>
  /** The height of the last block that was applied. */
  private height = 0
  /** Whether commands were withheld, so that there is no application. */
  private blind = false

  constructor(world: World, place: Place, state: ChainState) {
    const { history, module, operations } = world
    const { snapshot } = place.disk.kept
    this.world = world
    this.place = place
    this.state = state
    this.random = world.simulation.random(`stream ${place.id}`)
    this.application = hashChain((number, position) => operations.applies(number, position))
    this.sessions = module.makeSessions(this.application, world.maxSessions)
    if (snapshot !== undefined) {
      this.become(snapshot.name, snapshot.bytes)
      history.snapshot(place.id, snapshot.name, undefined)
    }
    this.watch = new Watch(world, place, state)
    this.marks = new Marks(world.simulation, state)
  }

  life(): Life<ChainState, ChainInput, ChainOutput, Envelope> {
    return {
      machine: this.world.module.chain,
      state: this.state,
      tick: (now) => ({ _tag: "Tick", now }),
      received: (from, { incarnation, message }) => ({
        _tag: "Received",
        from: ids.get(from) ?? 0,
        incarnation,
        message
      }),
      stepped: (state, input) => {
        this.watch.stepped(state, input)
        this.marks.stepped(state, input)
      },
      perform: (output) => this.perform(output),
      label,
      status,
      digest: this.world.module.digest
    }
  }

  private perform(output: ChainOutput): Meaning<ChainInput> {
    const { disk, id, trouble } = this.place
    const { operations } = this.world
    if (trouble !== undefined) {
      if (output._tag === "Send") this.watch.sends(this.state, output.to, output.message)
      return nothing
    }
    switch (output._tag) {
      case "Send":
        return this.send(output.to, output.message)
      case "Persist": {
        const { blocks, write } = output
        for (let at = 0; at < blocks.length; at++) {
          const block = blocks[at] as Block
          this.world.history.keeps(id, block)
          if (block.body._tag === "Withheld") this.place.wasWitness = true
        }
        disk.issue(output)
        return task("disk", () => this.written(write, disk.sync()))
      }
      case "Committed":
        this.committed(output.block, output.waiting)
        return nothing
      case "Ready":
        this.watch.answersRead(this.state, output.id)
        if (this.blind) operations.unknown(id, output.id)
        else operations.seen(id, output.id, this.sessions.position)
        return nothing
      case "Changed":
        operations.changed(id, output.id, this.state.commit.configuration)
        return nothing
      case "Refused":
        operations.refused(id, output.id, output.reason)
        return nothing
      case "Unknown":
        operations.unknown(id, output.id)
        return nothing
      case "Forget":
        disk.forget(output.through.counter)
        return nothing
      case "Stopped":
        this.watch.halts()
        return answer(() => this.stopped(output.detail))
      case "Status":
        return nothing
      default:
        return this.onSnapshot(output)
    }
  }

  private send(to: number, message: Message): Meaning<ChainInput> {
    const { id } = this.place
    const { echoes, simulation, stranded } = this.world
    this.watch.sends(this.state, to, message)
    this.marks.sends(this.state, to, message)
    const envelope = this.envelope(message)
    echoes.hears(id, to, envelope)
    if (stranded.until > simulation.now()) {
      const fromThere = id === stranded.id || id === stranded.mate
      const toThere = to === stranded.id || to === stranded.mate
      if (fromThere !== toThere && (toThere ? stranded.deaf : stranded.mute)) return nothing
    }
    return send(names[to] ?? "", envelope)
  }

  private envelope(message: Message): Envelope {
    const { bytes, codec } = this.world
    const envelope = { _tag: message._tag, incarnation: this.place.incarnation, message }
    return bytes ? throughStream(codec, this.random, envelope) : envelope
  }

  private written(write: number, failure: string | undefined): ChainInput {
    this.goDown()
    return failure === undefined ? { _tag: "Persisted", write } : { _tag: "PersistFailed", write, detail: failure }
  }

  /** The power has gone in the middle of a write. */
  private goDown(): void {
    const { place, world } = this
    if (!place.disk.torn) return
    place.trouble = "torn"
    world.troubles++
    world.simulation.mark("torn write")
    place.node?.crash(true)
  }

  private committed(block: Block, waiting: ReadonlyArray<Waiting>): void {
    const { history, module, operations, simulation } = this.world
    const { id } = this.place
    const { counter } = block.id
    if (counter !== this.height + 1) {
      simulation.fail(
        "S5 state machine safety",
        `Node ${id} applies ${showBlock(block.id)} after height ${this.height}.`
      )
    }
    this.height = counter
    if (history.commits(id, this.state.term, block.id, this.watch.deciding)) {
      operations.committed(history.known(counter, block.id.term)?.block ?? block)
    }
    if (block.body._tag === "Withheld") {
      this.blind = true
      this.place.wasWitness = true
    }
    if (this.blind) {
      if (keepsData(this.state.tree.head.configuration, id)) {
        simulation.fail("S6 durability", `Node ${id} is counted as one with the data, and has kept no commands.`)
      }
      // Who keeps no commands cannot say what came of them.
      for (const waits of waiting) operations.unknown(id, waits.id)
      return
    }
    const { sessions } = this
    if (block.position !== sessions.position) {
      simulation.fail(
        "S5 state machine safety",
        `Node ${id} applies ${showBlock(block.id)} at command ${sessions.position}.`
      )
    }
    const outcomes = module.applyBlock(sessions, block)
    history.applied(id, counter, sessions.state)
    for (let at = 0; at < waiting.length; at++) operations.answered(id, waiting[at] as Waiting, block, outcomes)
  }

  private onSnapshot(
    output: ChainOutput & { readonly _tag: "TakeSnapshot" | "ReadSnapshot" | "WriteSnapshot" | "InstallSnapshot" }
  ): Meaning<ChainInput> {
    const { disk } = this.place
    const { request, snapshot } = output
    const failed = (detail: string): ChainInput => {
      if (detail.startsWith(syncFailed)) this.stopped(detail)
      return { _tag: "SnapshotFailed", request, detail }
    }
    switch (output._tag) {
      case "TakeSnapshot": {
        this.watch.snapshots.takes()
        const bytes = this.snapshot(snapshot)
        return this.slowly(undefined, () => {
          const failure = disk.takeSnapshot(snapshot, bytes)
          this.goDown()
          return failure === undefined ? { _tag: "SnapshotTaken", request, size: bytes.length } : failed(failure)
        })
      }
      case "ReadSnapshot": {
        const { length, offset } = output
        return task(undefined, () => {
          const bytes = disk.readSnapshot(snapshot, offset, length)
          return typeof bytes === "string" ? failed(bytes) : { _tag: "SnapshotRead", request, bytes }
        })
      }
      case "WriteSnapshot": {
        const { bytes, offset, size } = output
        return task("snapshot", () => {
          this.watch.snapshots.puts(snapshot, size, offset)
          const failure = disk.writeSnapshot(snapshot, size, offset, bytes)
          this.watch.snapshots.isAside(snapshot, failure === undefined ? offset + bytes.length : undefined)
          this.goDown()
          return failure === undefined ? { _tag: "SnapshotWritten", request } : failed(failure)
        })
      }
      case "InstallSnapshot":
        this.watch.snapshots.installs(this.state, request)
        return this.slowly("snapshot", () => {
          this.watch.snapshots.isWhole(snapshot)
          const bytes = disk.installSnapshot(snapshot)
          this.goDown()
          if (typeof bytes === "string") return failed(bytes)
          this.install(snapshot, bytes)
          return { _tag: "SnapshotInstalled", request }
        })
    }
  }

  /** Whole snapshots take their time, as many turns of the disk as this comes to, and other things happen meanwhile. */
  private slowly(resource: string | undefined, act: () => ChainInput): Meaning<ChainInput> {
    const { knob } = this.world.simulation
    let turns = Math.floor(this.random.below(knob("snapshotMs")) / Math.max(1, knob("syncMs")))
    return task(resource, () => (turns-- > 0 ? undefined : act()))
  }

  /** The bytes of a snapshot of what is applied now. */
  private snapshot(name: SnapshotName): Uint8Array {
    const { history, module, simulation } = this.world
    const { id } = this.place
    if (name.block.counter !== this.height) {
      simulation.fail(
        "S13 snapshots",
        `Node ${id} takes a snapshot of ${showBlock(name.block)} at height ${this.height}.`
      )
    }
    const bytes = this.blind ? noBytes : module.encodeSnapshot(this.sessions)
    let digest = fnvBasis
    for (let at = 0; at < bytes.length; at++) digest = fnvNumber(digest, bytes[at] as number)
    history.snapshot(id, name, this.blind ? undefined : digest)
    return bytes
  }

  private install(name: SnapshotName, bytes: Uint8Array): void {
    const { history, simulation } = this.world
    const { id } = this.place
    if (name.block.counter <= this.height) {
      simulation.fail(
        "S13 snapshots",
        `Node ${id} at height ${this.height} installs a snapshot of ${showBlock(name.block)}.`
      )
    }
    history.snapshot(id, name, undefined)
    this.marks.installs(this.state, name, (height) => history.committedTerm(height))
    this.become(name, bytes)
  }

  /** Makes the application what a snapshot says. */
  private become({ block, position }: SnapshotName, bytes: Uint8Array): void {
    const { history, maxSessions, module, simulation } = this.world
    const { id } = this.place
    this.height = block.counter
    this.blind = bytes.length === 0
    if (this.blind) {
      this.place.wasWitness = true
      return
    }
    const decoded = module.decodeSnapshot(this.application, bytes, maxSessions)
    if (Result.isFailure(decoded)) {
      return simulation.fail(
        "S13 snapshots",
        `Node ${id} cannot read the snapshot of ${showBlock(block)}: ${decoded.failure.message}`
      )
    }
    this.sessions = decoded.success
    if (this.sessions.position !== position) {
      simulation.fail("S13 snapshots", `The snapshot of ${showBlock(block)} at node ${id} is of another position.`)
    }
    history.applied(id, block.counter, this.sessions.state)
  }

  private stopped(detail: string): void {
    const { place, world } = this
    place.trouble = detail
    world.troubles++
    if (place.wasWitness && detail.startsWith("it was a witness")) {
      world.simulation.mark("former witness stopped")
      place.lost = true
    } else if (place.lost) world.simulation.mark("estranged")
    else if (!detail.includes("failed"))
      world.simulation.fail("S5 state machine safety", `Node ${place.id} stops: ${detail}`)
    world.operations.lost(place.id)
  }
}
