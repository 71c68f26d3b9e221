import { isAfter, sameBlock, showBlock } from "../../../chain/index.ts"
import type {
  ChainInput,
  ChainOutput,
  ChainSettings,
  Command,
  Durable,
  Member,
  Message,
  NodeId
} from "../../../chain/index.ts"
import { numberOf } from "../Commands.ts"
import type { Recorded } from "./Recording.ts"
import { settingNames } from "./Settings.ts"
import type { DiskWork } from "./World.ts"

/** A node as far as the transcript has come. */
interface Place {
  readonly id: NodeId
  clock: number
  settings: ChainSettings
  durable: Durable
  work: Array<DiskWork>
  seed: number | undefined
  stopped: boolean
  readonly incarnations: Array<number>
}

interface Flight {
  readonly from: NodeId
  readonly to: NodeId
  readonly kind: Message["_tag"]
  readonly key: string
}

const keyOf = (from: NodeId, incarnation: number, to: NodeId, message: Message): string =>
  `${from} ${incarnation} ${to} ${JSON.stringify(message)}`

/** How often each message arrives. */
const arrivals = (events: ReadonlyArray<Recorded>): Map<string, number> => {
  const counts = new Map<string, number>()
  for (const event of events) {
    if (event._tag !== "Step" || event.input._tag !== "Received") continue
    const key = keyOf(event.input.from, event.input.incarnation, event.node, event.input.message)
    counts.set(key, (counts.get(key) ?? 0) + 1)
  }
  return counts
}

/**
 * Turns what was recorded into commands of a script, one for each step.
 *
 * **Details**
 *
 * A message that never arrives is dropped as soon as it is sent, and one that arrives twice is duplicated. Payloads become
 * their numbers, as long as they were, since sizes matter.
 */
export class Transcript {
  readonly lines: Array<string> = []
  private readonly places = new Map<NodeId, Place>()
  private readonly due: Map<string, number>
  private flights: Array<Flight> = []
  private reads = 0

  constructor(events: ReadonlyArray<Recorded>) {
    this.due = arrivals(events)
    for (const event of events) {
      if (event._tag === "Start") this.start(event)
      else this.step(event)
    }
    // What the last step sent is under way when the run ends, and not lost.
    while (this.lines.at(-1)?.startsWith("drop ") === true) this.lines.pop()
  }

  private start({ durable, node, seed, settings }: Recorded & { readonly _tag: "Start" }): void {
    const known = this.places.get(node)
    if (known === undefined) {
      const place: Place = {
        id: node,
        clock: 0,
        settings,
        durable,
        work: [],
        seed,
        stopped: false,
        incarnations: [durable.incarnation]
      }
      this.places.set(node, place)
      const members = this.showMembers(durable.initial.members)
      this.lines.push(
        `join n${node} down=1${members === "" ? "" : ` members=${members}${unknown(durable)}`}${this.showSettings(settings)}`
      )
      return
    }
    if (known.seed !== undefined) {
      known.seed = seed
      return
    }
    const wiped = durable.incarnation !== known.durable.incarnation
    this.lines.push(`crash n${node}${wiped ? "" : keptWords(known, durable)}`)
    if (wiped) {
      known.incarnations.push(durable.incarnation)
      const members = this.showMembers(durable.initial.members)
      this.lines.push(`wipe n${node}${members === "" ? "" : ` members=${members}${unknown(durable)}`}`)
    }
    known.durable = durable
    known.work = []
    known.seed = seed
    known.stopped = false
  }

  private step({ input, node, outputs, settings }: Recorded & { readonly _tag: "Step" }): void {
    const place = this.places.get(node)
    if (place === undefined) return
    this.noteSettings(place, settings)
    if (place.seed !== undefined) {
      const at = input._tag === "Tick" ? input.now : place.clock
      this.lines.push(`restart n${node} seed=${place.seed} at=${at}`)
      place.seed = undefined
      place.clock = at
      if (input._tag === "Tick") return this.perform(place, outputs)
    }
    // What a node is told after it has stopped changes nothing.
    if (place.stopped) {
      if (input._tag === "Received") this.arrive(input, node, false)
      return
    }
    const line = this.commandOf(place, input)
    if (line !== undefined) this.lines.push(line)
    this.perform(place, outputs)
  }

  private commandOf(place: Place, input: ChainInput): string | undefined {
    const { clock, id } = place
    switch (input._tag) {
      case "Tick":
        place.clock = input.now
        return `at n${id} ${input.now}`
      case "Received":
        return this.arrive(input, id, true)
      case "Persisted": {
        const work = place.work.find(({ _tag }) => _tag === "Persist")
        if (work?._tag === "Persist") place.durable = withWrite(place.durable, work)
        this.finish(place, ({ _tag }) => _tag === "Persist")
        return `persisted n${id}`
      }
      case "PersistFailed":
        this.finish(place, ({ _tag }) => _tag === "Persist")
        return `persist-fails n${id}`
      case "Propose":
        return `propose n${id} ${input.commands.map(showText).join(" ")} within=${input.deadline - clock}`
      case "Read":
        return `read n${id} r${++this.reads} within=${input.deadline - clock}`
      case "ChangeMembers":
        return `members n${id} ${this.showMembers(input.members)} within=${input.deadline - clock}`
      case "Transfer":
        return `transfer n${id} n${input.to} within=${input.deadline - clock}`
      case "TakeSnapshotNow":
        return `snapshot n${id}`
      case "SnapshotFailed":
        return `fails n${id} ${this.workWords(place, input.request)}`
      case "SnapshotTaken":
        return `done n${id} ${this.workWords(place, input.request)} size=${input.size}`
      default:
        return `done n${id} ${this.workWords(place, input.request)}`
    }
  }

  /** Which of a node's requests to its disk, by kind and number; it is answered then. */
  private workWords(place: Place, request: number): string {
    const work = place.work.find((each) => each._tag !== "Persist" && each.request === request)
    if (work === undefined) return ""
    const same = place.work.filter(({ _tag }) => _tag === work._tag)
    this.finish(place, (each) => each === work)
    const nth = same.indexOf(work) + 1
    return `${workNames[work._tag]}${nth === 1 ? "" : ` nth=${nth}`}`
  }

  private finish(place: Place, is: (work: DiskWork) => boolean): void {
    const at = place.work.findIndex(is)
    const [work] = place.work.splice(at < 0 ? place.work.length : at, 1)
    if (work?._tag === "TakeSnapshot" || work?._tag === "InstallSnapshot") {
      place.durable = { ...place.durable, snapshot: { ...work.snapshot, size: 0 } }
    }
  }

  private arrive(
    { from, incarnation, message }: ChainInput & { readonly _tag: "Received" },
    to: NodeId,
    shown: boolean
  ): string | undefined {
    const key = keyOf(from, incarnation, to, message)
    const left = this.due.get(key) ?? 0
    this.due.set(key, left - 1)
    const words = this.selectorOf(from, to, key)
    if (words === undefined) return undefined
    const flying = this.flights.filter((flight) => flight.key === key).length
    if (left > flying) {
      this.lines.push(`duplicate ${words}`)
      this.flights.push({ from, to, kind: message._tag, key })
    }
    this.take(key)
    if (shown) return `deliver ${words}`
    this.lines.push(`drop ${words}`)
    return undefined
  }

  private take(key: string): void {
    const at = this.flights.findIndex((flight) => flight.key === key)
    if (at >= 0) this.flights.splice(at, 1)
  }

  private selectorOf(from: NodeId, to: NodeId, key: string): string | undefined {
    const link = this.flights.filter((flight) => flight.from === from && flight.to === to)
    const at = link.findIndex((flight) => flight.key === key)
    const flight = link[at]
    if (flight === undefined) return undefined
    const nth = link.slice(0, at).filter(({ kind }) => kind === flight.kind).length + 1
    return `n${from}->n${to} ${flight.kind} ${nth === 1 ? "1" : `nth=${nth}`}`
  }

  private perform(place: Place, outputs: ReadonlyArray<ChainOutput>): void {
    for (const output of outputs) {
      switch (output._tag) {
        case "Send":
          this.send(place, output.to, output.message)
          break
        case "Persist":
        case "TakeSnapshot":
        case "ReadSnapshot":
        case "WriteSnapshot":
        case "InstallSnapshot":
          place.work.push(output)
          break
        case "Forget": {
          const { durable } = place
          place.durable = { ...durable, blocks: durable.blocks.filter(({ id }) => id.counter > output.through.counter) }
          break
        }
        case "Stopped":
          place.stopped = true
      }
    }
  }

  /** A message that does not arrive, or only as often as others like it that are under way, is lost. */
  private send({ durable, id: from }: Place, to: NodeId, message: Message): void {
    const key = keyOf(from, durable.incarnation, to, message)
    this.flights.push({ from, to, kind: message._tag, key })
    const flying = this.flights.filter((flight) => flight.key === key).length
    if (flying <= (this.due.get(key) ?? 0)) return
    const link = this.flights.filter(
      (flight) => flight.from === from && flight.to === to && flight.kind === message._tag
    )
    this.lines.push(`drop n${from}->n${to} ${message._tag} nth=${link.length}`)
    this.flights.pop()
  }

  private noteSettings(place: Place, settings: ChainSettings): void {
    const changed = settingNames.filter((name) => settings[name] !== place.settings[name])
    place.settings = settings
    if (changed.length === 0) return
    this.lines.push(`settings n${place.id}${changed.map((name) => ` ${name}=${settings[name] ?? 0}`).join("")}`)
  }

  private showSettings(settings: ChainSettings): string {
    return settingNames
      .filter((name) => settings[name] !== undefined)
      .map((name) => ` ${name}=${settings[name] ?? 0}`)
      .join("")
  }

  private showMembers(members: ReadonlyArray<Member>): string {
    const of = (role: Member["role"]): string =>
      members
        .filter((member) => member.role === role)
        .map(({ id }) => `n${id}`)
        .join(",")
    const priorities = members.filter(({ priority }) => priority !== 0).map(({ id, priority }) => `n${id}:${priority}`)
    const known = members.filter(({ incarnation }) => incarnation !== 0)
    const words = [
      of("Voter"),
      of("Learner") === "" ? "" : `learner=${of("Learner")}`,
      of("Witness") === "" ? "" : `witness=${of("Witness")}`,
      priorities.length === 0 ? "" : `priority=${priorities.join(",")}`,
      known.length === 0
        ? ""
        : `known=${known.map(({ id, incarnation }) => `n${id}:${this.lifeOf(id, incarnation)}`).join(",")}`
    ]
    return words.filter((word) => word !== "").join(" ")
  }

  /** Incarnations are numbered from 1 on. */
  private lifeOf(id: NodeId, incarnation: number): number {
    return (this.places.get(id)?.incarnations.indexOf(incarnation) ?? 0) + 1
  }
}

const workNames: Readonly<Record<DiskWork["_tag"], string>> = {
  Persist: "write",
  TakeSnapshot: "take",
  ReadSnapshot: "read",
  WriteSnapshot: "arrive",
  InstallSnapshot: "install"
}

/** A command as its number, as long as it was. */
const showText = (command: Command): string => {
  const { payload, sequence, session } = command
  if (session === 0 && sequence > 0) return "open"
  const text = String(numberOf(command)).padStart(payload.length, "0")
  return session === 0 ? text : `s${session}.${sequence}:${text}`
}

const withWrite = (
  durable: Durable,
  { blocks, commit, term, vote }: DiskWork & { readonly _tag: "Persist" }
): Durable => ({
  ...durable,
  term,
  vote,
  commit: isAfter(commit, durable.commit) ? commit : durable.commit,
  blocks: [...durable.blocks, ...blocks]
})

const unknown = ({ initial }: Durable): string =>
  initial.members.some(({ incarnation }) => incarnation === 0) ? " unknown=1" : ""

/** How many of the writes that were not done a crash left on the disk, and which snapshots. */
const keptWords = ({ durable, work }: Place, found: Durable): string => {
  const writes = work.filter((each) => each._tag === "Persist")
  let kept = 0
  let believed = durable
  for (let at = 0; at < writes.length; at++) {
    believed = withWrite(believed, writes[at] as (typeof writes)[number])
    if (isSame(believed, found)) kept = at + 1
  }
  const words = kept === 0 ? "" : ` kept=${kept}`
  const { snapshot } = found
  if (snapshot === undefined || (durable.snapshot !== undefined && sameBlock(durable.snapshot.block, snapshot.block))) {
    return words
  }
  const source = work.find(
    (each) =>
      (each._tag === "TakeSnapshot" || each._tag === "InstallSnapshot") &&
      sameBlock(each.snapshot.block, snapshot.block)
  )
  return source === undefined ? words : `${words} ${workNames[source._tag]} size=${snapshot.size}`
}

/** Whether two disks are the same; what a snapshot covers may be there or not. */
const isSame = (a: Durable, b: Durable): boolean => {
  const above = b.snapshot?.block.counter ?? 0
  return (
    a.term === b.term &&
    a.vote === b.vote &&
    sameBlock(a.commit, b.commit) &&
    namesAbove(a, above) === namesAbove(b, above)
  )
}

const namesAbove = ({ blocks }: Durable, above: number): string =>
  [...new Set(blocks.filter(({ id }) => id.counter > above).map(({ id }) => showBlock(id)))].sort().join(" ")
