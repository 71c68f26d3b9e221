import { genesis, isAfter, showBlock } from "../../chain/index.ts"
import type { Block, BlockId, Configuration, Member, NodeId, SnapshotName } from "../../chain/index.ts"
import type { Simulation } from "../../simulation/index.ts"
import type { Place } from "./Place.ts"
import { commits, elects, misstep, sameConfiguration } from "./Decides.ts"

/** A block that some node has asked its disk to keep, with the configuration in force after it. */
export interface KnownBlock {
  readonly block: Block
  readonly configuration: Configuration
  /** Another block of the same height. */
  fork: KnownBlock | undefined
}

/** By whose word a leader commits, and of whom it has heard nothing for an election time-out. */
export interface Decision {
  configuration: Configuration
  readonly silent: (member: Member) => boolean
}

interface Vote {
  readonly candidate: NodeId
  readonly incarnation: number
}

/**
 * What all nodes together have done, as nobody of them knows it: held against each of their steps.
 *
 * **Details**
 *
 * Everything is kept by height or by term in arrays, and each check is about what one step changed.
 */
export class History {
  /** The height of the greatest committed block. */
  top = 0
  /** The greatest block that anybody has asked its disk to keep. */
  greatest: BlockId = genesis
  /** The nodes by their ids. */
  readonly nodes: Array<Place | undefined> = []
  private readonly simulation: Simulation
  private readonly initial: Configuration
  private readonly leaders: Array<NodeId | undefined> = []
  private readonly votes: Array<Array<Vote | undefined>> = []
  private readonly blocks: Array<KnownBlock | undefined> = []
  private readonly committed: Array<number> = [0]
  /** In the term of which leader each height was first committed. */
  private readonly committedIn: Array<number> = [0]
  private readonly digests: Array<number | undefined> = []
  private readonly snapshots: Array<number | undefined> = []

  constructor(simulation: Simulation, initial: Configuration) {
    this.simulation = simulation
    this.initial = initial
  }

  /** The committed block of a height. */
  committedAt(height: number): BlockId {
    return height === 0 ? genesis : { term: this.committed[height] ?? -1, counter: height }
  }

  /** The term of the committed block of a height; `undefined` where none is. */
  committedTerm(height: number): number | undefined {
    return this.committed[height]
  }

  known(counter: number, term: number): KnownBlock | undefined {
    let at = this.blocks[counter]
    while (at !== undefined && at.block.id.term !== term) at = at.fork
    return at
  }

  configurationAt({ counter, term }: BlockId): Configuration | undefined {
    return counter === 0 ? this.initial : this.known(counter, term)?.configuration
  }

  /** The configuration at the last committed block, and all that may yet follow on it. */
  openConfigurations(): ReadonlyArray<Configuration> {
    const last = this.configurationAt(this.committedAt(this.top))
    const found = last === undefined ? [] : [last]
    for (let height = this.top + 1; height < this.blocks.length; height++) {
      for (let at = this.blocks[height]; at !== undefined; at = at.fork) found.push(at.configuration)
    }
    return found
  }

  /** A node keeps a block: it is the only one of its name, and a right continuation of its parent. */
  keeps(node: NodeId, block: Block): void {
    const { counter, term } = block.id
    let at = this.blocks[counter]
    while (at !== undefined && at.block.id.term !== term) at = at.fork
    if (at === undefined) return this.discover(node, block)
    if (at.block !== block) this.compare(node, at.block, block)
  }

  private discover(node: NodeId, block: Block): void {
    const { body, id, parent, position } = block
    const { simulation } = this
    const name = showBlock(id)
    if (id.counter !== parent.counter + 1 || parent.term > id.term) {
      simulation.fail(
        "S3 chain matching",
        `Node ${node} keeps ${name} on ${showBlock(parent)}, which cannot be its parent.`
      )
    }
    const before = parent.counter === 0 ? undefined : this.known(parent.counter, parent.term)
    if (before === undefined && parent.counter > 0) {
      simulation.fail("S3 chain matching", `Node ${node} keeps ${name}, whose parent ${showBlock(parent)} nobody has.`)
    }
    const start = before === undefined ? 0 : before.block.position + sizeOf(before.block)
    if (position !== start) {
      simulation.fail("S3 chain matching", `${name} begins at command ${position}, and its parent ends at ${start}.`)
    }
    if (this.leaders[id.term] !== node) {
      simulation.fail(
        "S3 chain matching",
        `Node ${node} has ${name}, which the leader of term ${id.term} did not make.`
      )
    }
    const inherited = before === undefined ? this.initial : before.configuration
    if (body._tag === "Configuration") {
      const wrong = misstep(inherited, body.configuration)
      if (wrong !== undefined) simulation.fail("S10 configurations", `${name} is no step of a change: ${wrong}.`)
    }
    const configuration = body._tag === "Configuration" ? body.configuration : inherited
    if (isAfter(id, this.greatest)) this.greatest = id
    this.blocks[id.counter] = { block, configuration, fork: this.blocks[id.counter] }
    if (this.blocks[id.counter]?.fork !== undefined) simulation.mark("fork")
  }

  private compare(node: NodeId, known: Block, block: Block): void {
    const same =
      known.parent.term === block.parent.term &&
      known.parent.counter === block.parent.counter &&
      known.position === block.position &&
      sizeOf(known) === sizeOf(block) &&
      sameBody(known, block)
    if (same) return
    this.simulation.fail(
      "S3 chain matching",
      `Node ${node} has another block ${showBlock(block.id)} than others: its parent, its position or its commands differ.`
    )
  }

  /** A node promises its vote. */
  promises(node: Place, term: number, candidate: NodeId): void {
    const given = (this.votes[term] ??= [])
    const before = given[node.id]
    if (before === undefined || before.incarnation !== node.incarnation) {
      given[node.id] = { candidate, incarnation: node.incarnation }
    } else if (before.candidate !== candidate) {
      this.simulation.fail(
        "S7 one vote a term",
        `Node ${node.id} votes for node ${candidate} in term ${term}, after it has voted for node ${before.candidate}.`
      )
    }
  }

  /** A node begins to lead: nobody else does in the term, a quorum voted for it, and it has all that is committed. */
  leads(
    node: NodeId,
    term: number,
    configuration: Configuration,
    termAt: (height: number) => number | undefined
  ): void {
    const { simulation } = this
    const other = this.leaders[term]
    if (other !== undefined && other !== node) {
      simulation.fail("S1 election safety", `Node ${node} leads term ${term}, which node ${other} leads or led.`)
    }
    this.leaders[term] = node
    const given = this.votes[term] ?? []
    const voted = ({ id, incarnation }: Member): boolean => {
      const vote = given[id]
      return vote?.candidate === node && (incarnation === 0 || vote.incarnation === incarnation)
    }
    if (!elects(configuration, voted)) {
      simulation.fail("S10 votes of a quorum", `Node ${node} leads term ${term} without the votes of a quorum.`)
    }
    let height = this.top
    while (height > 0 && (this.committedIn[height] as number) >= term) height--
    if (height > 0 && termAt(height) !== this.committed[height]) {
      const lost = showBlock(this.committedAt(height))
      simulation.fail(
        "S4 leader completeness",
        `Node ${node} leads term ${term} and lacks ${lost}, which is committed.`
      )
    }
  }

  /** A node commits a block; true where it is the first to. */
  commits(node: NodeId, term: number, id: BlockId, { configuration, silent }: Decision): boolean {
    const { simulation } = this
    const { counter } = id
    const before = this.committed[counter]
    if (before !== undefined) {
      if (before !== id.term) {
        const there = showBlock(this.committedAt(counter))
        simulation.fail("S5 state machine safety", `Node ${node} commits ${showBlock(id)} where ${there} is committed.`)
      }
      return false
    }
    if (counter !== this.top + 1) {
      simulation.fail("S5 state machine safety", `Node ${node} commits ${showBlock(id)}, and nobody what comes before.`)
    }
    this.top = counter
    this.committed[counter] = id.term
    this.committedIn[counter] = term
    const having = (member: Member): boolean => this.holds(member, counter, id.term)
    if (!commits(configuration, having, nobody)) {
      if (commits(configuration, having, silent)) simulation.mark("committed while members with data are silent")
      else
        simulation.fail(
          "S6 durability",
          `Node ${node} commits ${showBlock(id)}, which is not on the disks of a quorum: only on ${this.holders(configuration, counter, id.term)}.`
        )
    }
    return true
  }

  /** Whether a member has a block on its disk. */
  holds({ id, incarnation }: Member, counter: number, term: number): boolean {
    const node = this.nodes[id]
    if (node === undefined) return false
    // What was acknowledged before a disk was lost may be counted after it.
    const kept = node.former !== undefined && incarnation !== node.incarnation ? node.former : node.disk.kept
    return kept.has(counter, term)
  }

  private holders({ members, outgoing = [] }: Configuration, counter: number, term: number): string {
    const having = new Set<NodeId>()
    for (const member of [...members, ...outgoing]) if (this.holds(member, counter, term)) having.add(member.id)
    return having.size === 0 ? "none" : [...having].join(", ")
  }

  /** A node's application after a block: the same as everywhere. */
  applied(node: NodeId, height: number, digest: number): void {
    const known = this.digests[height]
    if (known === undefined) this.digests[height] = digest
    else if (known !== digest) {
      this.simulation.fail(
        "S13 one state",
        `The application of node ${node} after ${showBlock(this.committedAt(height))} is another than that of others.`
      )
    }
  }

  /** A snapshot of a height has the same bytes everywhere, except at a witness, whose snapshots have none. */
  snapshot(node: NodeId, name: Pick<SnapshotName, "block" | "configuration">, digest: number | undefined): void {
    const { block, configuration } = name
    const { simulation } = this
    const known = this.snapshots[block.counter]
    if (known === undefined) this.snapshots[block.counter] = digest
    else if (digest !== undefined && known !== digest) {
      simulation.fail("S13 snapshots", `Node ${node} takes another snapshot of ${showBlock(block)} than others.`)
    }
    if (this.committed[block.counter] !== block.term) {
      simulation.fail("S13 snapshots", `Node ${node} has a snapshot of ${showBlock(block)}, which is not committed.`)
    }
    const there = this.configurationAt(block)
    if (there === undefined || !sameConfiguration(there, configuration)) {
      simulation.fail(
        "S13 snapshots",
        `The snapshot of ${showBlock(block)} at node ${node} names other members than the chain does there.`
      )
    }
  }
}

const nobody = (): boolean => false

const sizeOf = ({ body }: Block): number =>
  body._tag === "Commands" ? body.commands.length : body._tag === "Withheld" ? body.count : 0

const sameBody = ({ body: a }: Block, { body: b }: Block): boolean => {
  if (a === b) return true
  if (a._tag === "Configuration")
    return b._tag === "Configuration" && sameConfiguration(a.configuration, b.configuration)
  if (a._tag !== "Commands" || b._tag !== "Commands") return a._tag !== "Opening" || b._tag === "Opening"
  return a.commands.every((command, at) => {
    const other = b.commands[at]
    return (
      other !== undefined &&
      command.session === other.session &&
      command.sequence === other.sequence &&
      command.payload.length === other.payload.length &&
      command.payload.every((byte, place) => byte === other.payload[place])
    )
  })
}
