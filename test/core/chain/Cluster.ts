import {
  type Block,
  chain,
  chainDefaults,
  type ChainInput,
  type ChainOutput,
  type ChainSettings,
  type ChainState,
  type Configuration,
  type Durable,
  genesis,
  type Member,
  type Message,
  type NodeId,
  type SnapshotName,
  start
} from "../../../core/chain/index.ts"

/** A message on its way. */
export interface Letter {
  readonly from: NodeId
  readonly to: NodeId
  readonly message: Message
}

/** A node with its disk, which a test crashes and starts again. */
export interface TestNode {
  readonly id: NodeId
  readonly settings: ChainSettings
  readonly outputs: Array<ChainOutput>
  state: ChainState
  disk: Durable
  writes: Array<ChainOutput & { readonly _tag: "Persist" }>
  up: boolean
  /** Whether writes are done at once. */
  syncs: boolean
  /** Bytes of a snapshot that are aside, and those of the one in place: what was applied, as words. */
  aside: Array<number>
  kept: Uint8Array
  applied: Array<string>
}

export const voter = (id: NodeId, more: Partial<Member> = {}): Member => ({
  id,
  role: "Voter",
  priority: 0,
  incarnation: id * 100,
  ...more
})

export const voters = (...ids: ReadonlyArray<NodeId>): Configuration => ({ members: ids.map((id) => voter(id)) })

export const text = (value: string): Uint8Array => new TextEncoder().encode(value)

/** What a block of commands says, as text. */
export const said = ({ body }: Block): ReadonlyArray<string> =>
  body._tag === "Commands" ? body.commands.map(({ payload }) => new TextDecoder().decode(payload)) : []

const never = Number.MAX_SAFE_INTEGER

/** Some nodes, and the messages between them, which a test delivers, loses and repeats as it likes. */
export class Cluster {
  readonly nodes = new Map<NodeId, TestNode>()
  mail: Array<Letter> = []
  now = 1000
  starts = 0
  ids = 0
  /** Whether what concerns snapshots is done at once; else a test does it. */
  snapshots = true
  readonly cut = new Set<string>()

  readonly settings: Partial<ChainSettings>

  constructor(initial: Configuration, settings: Partial<ChainSettings> = {}) {
    this.settings = settings
    for (const { id } of initial.members) this.add(id, initial)
  }

  /** A node with an empty disk. */
  add(id: NodeId, initial: Configuration = { members: [] }, incarnation: number = id * 100): TestNode {
    const settings = { ...chainDefaults, ...this.settings, id }
    const disk: Durable = { incarnation, initial, term: 0, vote: 0, commit: genesis, blocks: [] }
    const state = start(settings, disk, ++this.starts)
    const node: TestNode = {
      id,
      settings,
      outputs: [],
      state,
      disk,
      writes: [],
      up: true,
      syncs: true,
      aside: [],
      kept: new Uint8Array(0),
      applied: []
    }
    this.nodes.set(id, node)
    this.step(id, { _tag: "Tick", now: this.now })
    return node
  }

  node(id: NodeId): TestNode {
    const node = this.nodes.get(id)
    if (node === undefined) throw new Error(`There is no node ${id}.`)
    return node
  }

  step(id: NodeId, input: ChainInput): ReadonlyArray<ChainOutput> {
    const node = this.node(id)
    const [state, outputs] = chain.step(node.state, input)
    node.state = state
    const given = [...outputs]
    for (const output of outputs) {
      node.outputs.push(output)
      given.push(...this.perform(node, output))
    }
    return given
  }

  private perform(node: TestNode, output: ChainOutput): ReadonlyArray<ChainOutput> {
    switch (output._tag) {
      case "Send":
        this.mail.push({ from: node.id, to: output.to, message: output.message })
        return []
      case "Persist":
        node.writes.push(output)
        return node.syncs ? this.sync(node.id) : []
      case "Committed":
        node.applied.push(...said(output.block))
        return []
      case "Stopped":
        node.up = false
        return []
      default:
        return this.snapshots ? this.performSnapshot(node, output) : []
    }
  }

  private performSnapshot(node: TestNode, output: ChainOutput): ReadonlyArray<ChainOutput> {
    switch (output._tag) {
      case "TakeSnapshot": {
        const { request, snapshot } = output
        node.kept = text(node.applied.join(" "))
        const size = node.kept.length
        node.disk = { ...node.disk, snapshot: { ...snapshot, size } }
        return this.step(node.id, { _tag: "SnapshotTaken", request, size })
      }
      case "ReadSnapshot": {
        const { length, offset, request, snapshot } = output
        if (node.disk.snapshot?.block.counter !== snapshot.block.counter) {
          return this.step(node.id, { _tag: "SnapshotFailed", request, detail: "it is not the newest any more" })
        }
        const bytes = node.kept.slice(offset, offset + length)
        return this.step(node.id, { _tag: "SnapshotRead", request, bytes })
      }
      case "WriteSnapshot": {
        if (output.offset === 0) node.aside = []
        node.aside.push(...output.bytes)
        return this.step(node.id, { _tag: "SnapshotWritten", request: output.request })
      }
      case "InstallSnapshot": {
        const { request, snapshot } = output
        this.install(node, snapshot)
        return this.step(node.id, { _tag: "SnapshotInstalled", request })
      }
      default:
        return []
    }
  }

  /** What was written aside takes the place of the node's application and of its snapshot. */
  install(node: TestNode, snapshot: SnapshotName): void {
    node.kept = Uint8Array.from(node.aside)
    node.applied = new TextDecoder().decode(node.kept).split(" ")
    node.disk = { ...node.disk, snapshot: { ...snapshot, size: node.kept.length } }
  }

  /** The oldest write of the node is done. */
  sync(id: NodeId): ReadonlyArray<ChainOutput> {
    const node = this.node(id)
    const write = node.writes.shift()
    if (write === undefined) return []
    const { blocks, commit, term, vote } = write
    node.disk = { ...node.disk, term, vote, commit, blocks: [...node.disk.blocks, ...blocks] }
    return this.step(id, { _tag: "Persisted", write: write.write })
  }

  /** The node loses what is not on its disk, and its messages. */
  crash(id: NodeId): void {
    const node = this.node(id)
    node.up = false
    node.writes = []
  }

  /** The node starts again from its disk. */
  restart(id: NodeId): ReadonlyArray<ChainOutput> {
    const node = this.node(id)
    node.up = true
    node.writes = []
    node.applied = node.disk.snapshot === undefined ? [] : new TextDecoder().decode(node.kept).split(" ")
    node.outputs.length = 0
    node.state = start(node.settings, node.disk, ++this.starts)
    return this.step(id, { _tag: "Tick", now: this.now })
  }

  receive(from: NodeId, to: NodeId, message: Message): ReadonlyArray<ChainOutput> {
    return this.step(to, { _tag: "Received", from, incarnation: this.node(from).disk.incarnation, message })
  }

  /** Takes the messages that are on their way, and are such. */
  take(which: (letter: Letter) => boolean = () => true): ReadonlyArray<Letter> {
    const taken = this.mail.filter(which)
    this.mail = this.mail.filter((letter) => !taken.includes(letter))
    return taken
  }

  /** Delivers what is on its way, and what comes of it, until nothing is; what is cut off is lost. */
  deliver(which: (letter: Letter) => boolean = () => true): void {
    for (let round = 0; round < 10_000; round++) {
      const letters = this.take(which)
      if (letters.length === 0) return
      for (const { from, message, to } of letters) {
        if (this.cut.has(`${from}-${to}`) || this.nodes.get(to)?.up !== true) continue
        this.receive(from, to, message)
      }
    }
    throw new Error("The messages never end.")
  }

  /** Cuts a node off from all others, both ways, or joins it again. */
  isolate(id: NodeId, on = true): void {
    for (const other of this.nodes.keys()) {
      for (const way of [`${id}-${other}`, `${other}-${id}`]) {
        if (on) this.cut.add(way)
        else this.cut.delete(way)
      }
    }
  }

  /** Time goes by for one node; nothing is delivered. */
  wait(id: NodeId, ms: number): ReadonlyArray<ChainOutput> {
    this.now += ms
    return this.step(id, { _tag: "Tick", now: this.now })
  }

  /** Time goes by in steps of 10 ms for everybody, and messages arrive at once, until it holds. */
  until(holds: () => boolean, ms = 30_000): void {
    for (let gone = 0; gone <= ms; gone += 10) {
      this.deliver()
      if (holds()) return
      this.pass(10)
    }
    throw new Error("It does not come to hold.")
  }

  pass(ms: number): void {
    for (let gone = 0; gone < ms; gone += 10) {
      this.now += 10
      for (const [id, node] of this.nodes) if (node.up) this.step(id, { _tag: "Tick", now: this.now })
      this.deliver()
    }
  }

  /** The time-out of a node is over, and nobody has heard a leader lately. */
  timeOut(id: NodeId): ReadonlyArray<ChainOutput> {
    for (const { settings, state } of this.nodes.values()) {
      state.heardAt = state.now - settings.electionMs
      state.electionAt = this.now + 60_000
    }
    this.node(id).state.electionAt = this.now
    return this.step(id, { _tag: "Tick", now: this.now })
  }

  /** Makes a node leader. */
  elect(id: NodeId): void {
    this.timeOut(id)
    this.deliver()
    if (this.leader() !== id) throw new Error(`Node ${id} was not elected.`)
  }

  leader(): NodeId {
    let best = 0
    let term = -1
    for (const { id, state, up } of this.nodes.values()) {
      if (up && state.lead !== undefined && state.term > term) {
        best = id
        term = state.term
      }
    }
    return best
  }

  propose(id: NodeId, ...commands: ReadonlyArray<string>): number {
    const request = ++this.ids
    this.step(id, {
      _tag: "Propose",
      id: request,
      commands: commands.map((command) => ({ session: 0, sequence: 0, payload: text(command) })),
      deadline: never
    })
    return request
  }

  read(id: NodeId): number {
    const request = ++this.ids
    this.step(id, { _tag: "Read", id: request, deadline: never })
    return request
  }

  change(id: NodeId, members: ReadonlyArray<Member>, deadline = never): number {
    const request = ++this.ids
    this.step(id, { _tag: "ChangeMembers", id: request, members, deadline })
    return request
  }

  transfer(id: NodeId, to: NodeId): number {
    const request = ++this.ids
    this.step(id, { _tag: "Transfer", id: request, to, deadline: never })
    return request
  }

  /** What the node answered to a request of its driver. */
  answers(id: NodeId, request: number): ReadonlyArray<ChainOutput> {
    return this.node(id).outputs.filter((output) =>
      output._tag === "Committed"
        ? output.waiting.some((waiting) => waiting.id === request)
        : "id" in output && output.id === request
    )
  }
}
