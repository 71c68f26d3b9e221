import { commandsIn, heldByCommands, isAfter, sameBlock, showBlock } from "../../chain/index.ts"
import type { Block, BlockId, ChainInput, ChainState, Member, Message, NodeId } from "../../chain/index.ts"
import type { Simulation } from "../../simulation/index.ts"
import { isSafe, isVoter, memberIn } from "./Decides.ts"
import { ElectionRules } from "./ElectionRules.ts"
import type { Decision, History } from "./History.ts"
import { ReadRules } from "./ReadRules.ts"
import { SnapshotRules } from "./SnapshotRules.ts"
import type { Place } from "./Place.ts"
import type { World } from "./World.ts"

/** No proposal of the workload has more bytes, nor more commands. */
const [longestProposal, mostCommands] = [40, 3]

type Entry = ChainState["tree"]["head"]

/** Looks at one life of a node after each of its steps, and at each message that it sends. */
export class Watch {
  private readonly place: Place
  private readonly world: World
  private readonly simulation: Simulation
  private readonly history: History
  private term = 0
  private vote: NodeId = 0
  private commit: Entry
  private head: Entry
  private leads = 0
  /** The term in which it led in front of the last step. */
  private led = 0
  /** What it knew of the others when it led last. */
  private leading: ChainState["lead"]
  private leadsSince = 0
  private now = 0
  /** When each node has last answered this one while it led, and as whom. */
  private readonly answers: Array<{ at: number; incarnation: number } | undefined> = []
  /** How the last step decided what it committed: by the head in front of it. */
  readonly deciding: Decision
  private input: ChainInput = { _tag: "Tick", now: 0 }
  /** Whom it heard leading its term, and when; a lease holds also over a restart. */
  private heard = { from: 0, term: 0, at: 0 }
  private halted = false
  private readonly reads = new ReadRules()
  readonly snapshots: SnapshotRules
  private readonly elections: ElectionRules

  constructor(world: World, place: Place, state: ChainState) {
    this.place = place
    this.world = world
    this.simulation = world.simulation
    this.history = world.history
    this.term = state.term
    this.vote = state.vote
    this.commit = state.commit
    this.head = state.tree.head
    this.heard = place.heard ?? this.heard
    this.deciding = { configuration: this.head.configuration, silent: (member) => this.silent(member) }
    const fail = (invariant: string, what: string): never => this.fail(invariant, what)
    this.snapshots = new SnapshotRules(state, fail)
    this.elections = new ElectionRules(place, state, fail)
    place.numbers.begins()
    const { kept } = place.disk
    if (state.term < kept.term || (state.term === kept.term && state.vote !== kept.vote)) {
      this.fail("S7 the ballot is remembered", `starts in term ${state.term}, and its disk says ${kept.term}`)
    }
  }

  /** What must hold after every step; each check costs a comparison or two. */
  stepped(state: ChainState, input: ChainInput): void {
    const { commit, lead, tree } = state
    this.deciding.configuration = this.head.configuration
    this.now = state.now
    this.led = this.leads
    if (lead !== undefined) this.leading = lead
    this.input = input
    if (input._tag === "Received") this.hears(state, input)
    else if (input._tag === "Read") {
      if (this.leads === state.term) this.reads.asks(0, input.id)
      else if (lead === undefined) this.reads.follows(input.id)
    }
    this.snapshots.stepped(state, input)
    this.elections.stepped(state, input, this.snapshots.isInstalling())
    if (state.term !== this.term || state.vote !== this.vote) this.newBallot(state)
    if (commit !== this.commit) this.newCommit(state, input)
    if (tree.head !== this.head) this.newHead(state, input)
    if (lead === undefined) this.leads = 0
    else if (this.leads !== state.term) this.elected(state)
    else if (input._tag === "Received" && input.message._tag === "AppendReply") this.matches(state, input.from)
  }

  /** It has said that it has stopped. */
  halts(): void {
    this.halted = true
  }

  private hears({ lead, now, term }: ChainState, input: ChainInput & { readonly _tag: "Received" }): void {
    const { from, incarnation, message } = input
    if (message._tag === "ReadIndexReply" && message.block !== undefined) this.reads.isTold(message.request)
    if (message.term !== term) return
    if (message._tag === "Append" || message._tag === "Snapshot") {
      if (lead !== undefined) return
      this.heard = { from, term, at: now }
      if (this.place.settings.leaseDriftPercent !== undefined) this.place.heard = this.heard
    } else if (lead !== undefined && (message._tag === "AppendReply" || message._tag === "SnapshotReply")) {
      const answer = (this.answers[from] ??= { at: now, incarnation })
      answer.at = now
      answer.incarnation = incarnation
      if (this.leads === term) this.reads.answered(from, incarnation, message.round)
    } else if (message._tag === "ReadIndex" && lead !== undefined && this.leads === term) {
      this.reads.asks(from, message.request)
    }
  }

  /**
   * Whether this node leads, or did when it took the last step, and sends another one a snapshot, or has had no answer of
   * it for an election time-out.
   */
  private silent({ id, incarnation }: Member): boolean {
    const { answers, leads, leadsSince, led, now, place } = this
    if ((leads === 0 && led === 0) || id === place.id) return false
    if (this.leading?.progress.some((progress) => progress.id === id && progress.mode === "Snapshot") === true)
      return true
    const answer = answers[id]
    const known = answer !== undefined && (incarnation === 0 || answer.incarnation === incarnation)
    return now - (known ? Math.max(answer.at, leadsSince) : leadsSince) > place.settings.electionMs
  }

  /** Whether somebody else was heard leading so lately that nobody may be helped to depose that node. */
  private isLeased({ lead, now, settings }: ChainState, candidate: NodeId, term: number): boolean {
    const { at, from } = this.heard
    if (lead !== undefined && this.leads === term) return true
    return this.heard.term === term && from !== candidate && now - at < settings.electionMs
  }

  private newBallot(state: ChainState): void {
    const { term, vote } = state
    const { input } = this
    if (input._tag === "Received" && input.message._tag === "Vote" && !input.message.transfer) {
      // The vote itself, or the step into a candidate's term, which ends the leader's.
      if (this.isLeased(state, input.from, this.term)) {
        this.fail("L7 a leader that is heard stays", `goes along with node ${input.from} in term ${term}`)
      }
    }
    if (term < this.term) this.fail("S7 terms grow", `goes from term ${this.term} back to ${term}`)
    if (term === this.term && this.vote !== 0) {
      this.fail("S7 one vote a term", `has voted for ${this.vote} in term ${term}, and now for ${vote}`)
    }
    this.term = term
    this.vote = vote
  }

  /** Who is no voter by what is committed, and by nothing that comes after it, leads no more. */
  private staysVoter({ commit, term, tree }: ChainState): void {
    const { configuration, since } = tree.head
    if (since > commit.block.id.counter || configuration.outgoing !== undefined) return
    if (commit.block.id.term !== term || isVoter(configuration, this.place.id)) return
    this.fail("S10 only voters lead", `leads term ${term}, and is no voter any more`)
  }

  private newCommit(state: ChainState, input: ChainInput): void {
    const { commit, lead, tree } = state
    const { id } = commit.block
    if (id.counter < this.commit.block.id.counter) {
      this.fail("S7 the commit marker grows", `moves it from ${showBlock(this.commit.block.id)} to ${showBlock(id)}`)
    }
    if (tree.slots[id.counter - tree.base] !== commit) {
      this.fail("S2 what is committed stays", `has ${showBlock(id)} committed, and not on the way to its head`)
    }
    this.commit = commit
    if (lead !== undefined) this.staysVoter(state)
    if (input._tag === "SnapshotInstalled") this.installed(tree, commit)
  }

  private newHead(state: ChainState, input: ChainInput): void {
    const { commit, lead, term, tree } = state
    const { head } = tree
    const before = this.head
    this.head = head
    if (head.block.id.counter < commit.block.id.counter) {
      this.fail(
        "S9 committed is held",
        `has committed ${showBlock(commit.block.id)}, and its head is ${showBlock(head.block.id)}`
      )
    }
    if (isAfter(before.block.id, head.block.id) && !before.dead && input._tag !== "SnapshotInstalled") {
      this.fail("S2 the head grows", `goes from ${showBlock(before.block.id)} back to ${showBlock(head.block.id)}`)
    }
    if (lead !== undefined && this.leads === term) this.extends(state, before)
  }

  /** Nothing that conflicts with a snapshot is left when it is in place. */
  private installed({ base, slots }: ChainState["tree"], commit: Entry): void {
    if (base !== commit.block.id.counter) this.fail("S13 snapshots", "installs a snapshot, and keeps blocks below it")
    for (let at = 1; at < slots.length; at++) {
      for (let entry: Entry | undefined = slots[at]; entry !== undefined; entry = entry.fork) {
        const parent = entry.parent
        const there = this.history.known(entry.block.parent.counter, entry.block.parent.term)
        if (
          parent === undefined ||
          parent.dead ||
          there === undefined ||
          !sameBlock(parent.block.id, entry.block.parent)
        ) {
          this.fail(
            "S13 snapshots",
            `keeps ${showBlock(entry.block.id)}, which conflicts with the snapshot that it installs`
          )
        }
      }
    }
  }

  private elected(state: ChainState): void {
    const { base, head, slots } = state.tree
    const { counter } = head.block.id
    this.leads = state.term
    this.reads.begins()
    this.leadsSince = state.now
    const below = (height: number): number | undefined =>
      height > counter
        ? undefined
        : height < base
          ? this.history.committedTerm(height)
          : slots[height - base]?.block.id.term
    const { place } = this
    if (place.disk.kept.votes[state.term] === place.id) this.history.promises(place, state.term, place.id)
    let from: Entry = head
    while (from.block.id.term === state.term && from.parent !== undefined) from = from.parent
    const configuration = this.history.configurationAt(from.block.id)
    if (configuration === undefined) {
      this.fail("S3 chain matching", `leads from ${showBlock(from.block.id)}, which nobody has kept`)
    }
    this.history.leads(this.place.id, state.term, configuration, below)
    this.extends(state, from)
    if (this.history.top < from.block.id.counter) {
      this.simulation.mark("leader with an uncommitted tail of an older term")
    }
    if (configuration.outgoing !== undefined) this.simulation.mark("elected by a joint configuration")
  }

  /** A leader extends its head, by blocks of its own. */
  private extends(state: ChainState, before: Entry): void {
    const { term } = state
    const { base, head, slots } = state.tree
    const from = before.block.id.counter
    if (slots[from - base] !== before && from >= base) {
      this.fail("S2 leader append-only", `leads term ${term}, and leaves ${showBlock(before.block.id)}`)
    }
    for (let height = Math.max(from + 1, base + 1); height <= head.block.id.counter; height++) {
      const block = slots[height - base]?.block
      if (block?.id.term !== term)
        this.fail("S2 leader append-only", `leads term ${term}, and takes a block of another`)
      else {
        this.history.keeps(this.place.id, block)
        if (block.body._tag === "Commands") this.isBounded(state)
        if (block.body._tag === "Configuration") this.changes(state, height)
      }
    }
  }

  /** What waits for its commit is bounded, but for one proposal. */
  private isBounded({ commit, settings, term, tree }: ChainState): void {
    let bytes = 0
    for (let at: Entry | undefined = tree.head; at !== undefined && at !== commit; at = at.parent) {
      if (at.block.id.term === term) bytes += heldByCommands(at.block.bytes, commandsIn(at.block))
    }
    if (bytes > settings.maxUncommittedBytes + heldByCommands(longestProposal, mostCommands)) {
      this.fail("L8 what is not committed is bounded", `leads term ${term} with ${bytes} bytes that are not committed`)
    }
  }

  /** A change begins, or goes on, only when a block of the term and the configuration before it are committed. */
  private changes({ commit, term, tree }: ChainState, height: number): void {
    const name = showBlock({ term, counter: height })
    if (tree.slots[height - tree.base]?.configuration.outgoing !== undefined) {
      this.world.operations.joins(this.place.id)
    }
    const parent = tree.slots[height - tree.base]?.parent
    if (commit.block.id.term !== term) {
      this.fail("S10 configurations", `changes the members in ${name}, with nothing of term ${term} committed`)
    }
    if (parent !== undefined && parent.since > commit.block.id.counter) {
      this.fail("S10 configurations", `changes the members in ${name}, and the change before is not committed`)
    }
  }

  /** What a leader takes for verified is on the disk of its follower. */
  private matches({ lead, tree }: ChainState, from: NodeId): void {
    for (const progress of lead?.progress ?? []) {
      if (progress.id !== from) continue
      const { incarnation, match, next } = progress
      if (match === 0) return
      if (match >= next || match > tree.head.block.id.counter) {
        this.fail("S9 match < next", `takes node ${from} to be at ${match} and sends it ${next} next`)
      }
      const follower = this.history.nodes[from]
      if (match < tree.base || follower === undefined || follower.incarnation !== incarnation) return
      const term = tree.slots[match - tree.base]?.block.id.term
      if (term === undefined || !follower.disk.kept.has(match, term)) {
        this.fail(
          "S9 verified is durable",
          `takes ${showBlock({ term: term ?? 0, counter: match })} to be on the disk of node ${from}, where it is not`
        )
      }
    }
  }

  /** Nothing that a message tells can be forgotten any more. */
  sends(state: ChainState, to: NodeId, message: Message): void {
    const { disk } = this.place
    if (this.halted) this.fail("S8 a stopped node is silent", `sends ${message._tag}, and has stopped`)
    const { kept } = disk
    const { term } = message
    if (term > kept.term && !(message._tag === "PreVote" && term === kept.term + 1)) {
      this.fail(
        "S8 nothing leaves before it is durable",
        `sends ${message._tag} of term ${term}, and has term ${kept.term} on its disk`
      )
    }
    switch (message._tag) {
      case "AppendReply":
        if (message.verified !== undefined) this.hasDurable(message._tag, message.verified)
        break
      case "VoteReply":
        if (message.granted) this.voted(term, to)
        break
      case "Vote":
        this.voted(term, this.place.id)
        break
      case "PreVoteReply":
        if (message.granted) this.granted(state, to)
        break
      case "TimeoutNow":
        this.reads.handsOver()
        break
      case "Forward":
        this.numbers(message.request)
        break
      case "ReadIndex":
        this.numbers(message.request)
        this.reads.questions(message.request)
        break
      case "ReadIndexReply":
        if (message.block !== undefined) this.mayAnswer(state, to, message.request)
        break
      case "Snapshot":
        this.reads.sends(message.round, state.now)
        break
      case "Append":
        this.reads.sends(message.round, state.now)
        if (message.blocks.length > 0) this.tellsWitness(state, to, message.blocks)
        break
      case "SnapshotReply":
        if (message.installed) this.hasDurable(message._tag, message.block)
        break
      default:
    }
  }

  /** A read of this node's own is answered. */
  answersRead(state: ChainState, id: number): void {
    this.mayAnswer(state, 0, id)
    if (!this.reads.allowsHere(id)) {
      this.fail("S12 reads are confirmed", `answers read ${id} without having asked a leader since it came`)
    }
  }

  private mayAnswer(state: ChainState, by: NodeId, request: number): void {
    if (state.lead === undefined || this.leads !== state.term) return
    // What the step has committed may have ended a change, and what it has appended is in force.
    if (this.reads.allows(by, request, state, this.deciding.configuration)) return
    if (this.reads.allows(by, request, state, state.tree.head.configuration)) return
    this.fail("S12 reads are confirmed", "answers a read without a quorum that has let it lead since")
  }

  private granted(state: ChainState, to: NodeId): void {
    const { input } = this
    if (input._tag !== "Received" || input.message._tag !== "PreVote" || input.from !== to) return
    if (this.isLeased(state, to, state.term)) this.fail("L7 a leader that is heard stays", `would vote for node ${to}`)
  }

  /** A witness is told only of what enough nodes with data have. */
  private tellsWitness({ tree }: ChainState, to: NodeId, blocks: ReadonlyArray<Block>): void {
    const { configuration } = tree.head
    const { history } = this
    const last = blocks[blocks.length - 1]
    if (last === undefined || memberIn(configuration, to)?.role !== "Witness" || isVoter(configuration, to)) return
    const { counter, term } = last.id
    if (history.committedTerm(counter) === term) return
    if (isSafe(configuration, (member) => history.holds(member, counter, term), this.deciding.silent)) return
    this.fail(
      "S10 witnesses come last",
      `tells witness ${to} of ${showBlock(last.id)}, which too few nodes with data have`
    )
  }

  /** Answers to what it asked before it was started again are not taken for others. */
  private numbers(request: number): void {
    if (!this.place.numbers.isNew(request)) {
      this.fail("S11 requests are told apart", `gives a request the number ${request}, as it did before its restart`)
    }
  }

  private hasDurable(tag: string, block: BlockId): void {
    if (this.place.disk.kept.has(block.counter, block.term)) return
    this.fail(
      "S8 nothing leaves before it is durable",
      `sends ${tag} for ${showBlock(block)}, which is not on its disk`
    )
  }

  private voted(term: number, candidate: NodeId): void {
    const { kept } = this.place.disk
    if (kept.votes[term] !== candidate) {
      this.fail(
        "S8 nothing leaves before it is durable",
        `votes for node ${candidate} in term ${term}, and its disk says node ${kept.votes[term] ?? 0}`
      )
    }
    this.history.promises(this.place, term, candidate)
  }

  private fail(invariant: string, what: string): never {
    this.world.simulation.fail(invariant, `Node ${this.place.id} ${what}.`)
  }
}
