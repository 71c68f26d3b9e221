import {
  chain,
  chainDefaults,
  type ChainInput,
  type ChainOutput,
  type ChainState,
  type Command,
  commandsIn,
  genesis,
  type Member,
  type NodeId,
  start
} from "../../core/chain/index.ts"

interface Letter {
  readonly to: NodeId
  readonly input: ChainInput
}

const electionMs = 1000
const never = Number.MAX_SAFE_INTEGER

/** How many turns make a millisecond: enough for heartbeats to be seldom, as they are in a busy cluster. */
const turnsOfMillisecond = 100

/**
 * Nodes of the chain in one place: what they send is handed on by reference, and what they write is written as soon as
 * they have said all that they had to.
 */
export class MemoryCluster {
  /** How many inputs the nodes have had. */
  inputs = 0
  private readonly states: Array<ChainState> = []
  private readonly committed: Array<number> = []
  private mail: Array<Letter> = []
  private next: Array<Letter> = []
  private now = 1
  private turns = 0
  private requests = 0
  private leader: NodeId = 0

  constructor(nodes: number) {
    const members = Array.from({ length: nodes }, (_, at): Member => ({
      id: at + 1,
      role: "Voter",
      priority: 0,
      incarnation: at + 1
    }))
    for (const { id } of members) {
      const settings = { ...chainDefaults, electionMs, snapshotBytes: 4 << 20, id }
      const disk = { incarnation: id, initial: { members }, term: 0, vote: 0, commit: genesis, blocks: [] }
      this.states.push(start(settings, disk, id))
      this.committed.push(0)
    }
    while (this.leader === 0 && this.now < 20 * electionMs) this.pass()
    if (this.leader === 0) throw new Error("Nobody leads.")
  }

  /** Proposes at the leader, each list in one proposal, and goes on until every node has committed all. */
  commit(proposals: ReadonlyArray<ReadonlyArray<Command>>): void {
    const { committed, leader } = this
    let wanted = committed[leader - 1] as number
    for (const commands of proposals) {
      wanted += commands.length
      this.step(leader, { _tag: "Propose", id: ++this.requests, commands, deadline: never })
    }
    this.deliver()
    if (++this.turns % turnsOfMillisecond === 0) this.pass()
    for (const count of committed) if (count !== wanted) throw new Error(`${count} of ${wanted} are committed.`)
  }

  /** A millisecond goes by. */
  private pass(): void {
    this.now++
    for (const { settings } of this.states) this.step(settings.id, { _tag: "Tick", now: this.now })
    this.deliver()
  }

  private deliver(): void {
    while (this.mail.length > 0) {
      const { mail } = this
      this.mail = this.next
      for (let at = 0; at < mail.length; at++) {
        const { input, to } = mail[at] as Letter
        this.step(to, input)
      }
      mail.length = 0
      this.next = mail
    }
  }

  private step(id: NodeId, input: ChainInput): void {
    this.inputs++
    const outputs = chain.step(this.states[id - 1] as ChainState, input)[1]
    for (let at = 0; at < outputs.length; at++) this.perform(id, outputs[at] as ChainOutput)
  }

  private perform(id: NodeId, output: ChainOutput): void {
    switch (output._tag) {
      case "Send": {
        const { message, to } = output
        this.mail.push({ to, input: { _tag: "Received", from: id, incarnation: id, message } })
        break
      }
      case "Persist":
        this.mail.push({ to: id, input: { _tag: "Persisted", write: output.write } })
        break
      case "Committed":
        this.committed[id - 1] = (this.committed[id - 1] as number) + commandsIn(output.block)
        break
      case "Status":
        if (output.role === "Leader") this.leader = id
        break
      case "TakeSnapshot":
        this.mail.push({ to: id, input: { _tag: "SnapshotTaken", request: output.request, size: 0 } })
        break
      case "Refused":
      case "Unknown":
      case "Stopped":
        throw new Error(`Node ${id} says ${output._tag}.`)
      default:
    }
  }
}
