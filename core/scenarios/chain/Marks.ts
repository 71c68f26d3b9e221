import type { ChainInput, ChainState, Message, NodeId, SnapshotName } from "../../chain/index.ts"
import type { Simulation } from "../../simulation/index.ts"

/**
 * What a batch of runs has to have come to, and how often at least: the corners in which bugs live. What never happens
 * is not tested, however many seeds there are.
 */
export const wanted = {
  fork: 100,
  "fork collected": 100,
  "leader with an uncommitted tail of an older term": 50,
  "snapshot installed": 50,
  "snapshot installed over a divergent tail": 1,
  "elected by a joint configuration": 5,
  "joint configuration left by a later leader": 2,
  "members changed": 20,
  "leadership handed over": 20,
  "vote refused because of a vote before the restart": 1,
  "pre-vote refused by a lease": 20,
  "stepped down without a quorum": 20,
  "lost window made up for": 1,
  "read parked until the first commit": 5,
  "forwarded and superseded": 20,
  superseded: 20,
  overloaded: 20,
  "asked again": 50,
  "session forgotten": 5,
  estranged: 1,
  "former witness stopped": 1,
  "leader cut off": 50,
  echo: 50,
  "only a core heals": 50,
  "torn write": 5,
  wipe: 5,
  "sync fails": 20,
  "disk full": 20
} as const

/** Takes note of the corners that one life of a node comes to. */
export class Marks {
  private readonly simulation: Simulation
  private readonly bornTerm: number
  private readonly bornVote: NodeId
  private leads = false
  private term: number
  private forks: number
  private head: ChainState["tree"]["head"]
  private input: ChainInput = { _tag: "Tick", now: 0 }
  /** For whom the window was full, by id. */
  private readonly full: Array<boolean | undefined> = []

  constructor(simulation: Simulation, { term, tree, vote }: ChainState) {
    this.simulation = simulation
    this.bornTerm = term
    this.bornVote = vote
    this.term = term
    this.forks = tree.forks
    this.head = tree.head
  }

  stepped(state: ChainState, input: ChainInput): void {
    const { lead, term, tree } = state
    this.input = input
    if (tree.forks !== this.forks) {
      if (tree.forks < this.forks && input._tag !== "SnapshotInstalled") this.simulation.mark("fork collected")
      this.forks = tree.forks
    }
    if (this.leads && lead === undefined && term === this.term && input._tag === "Tick") {
      this.simulation.mark("stepped down without a quorum")
    }
    this.leads = lead !== undefined
    this.term = term
    if (lead === undefined) return
    if (tree.head !== this.head) this.extended(state)
    this.head = tree.head
    if (input._tag === "Read" && state.commit.block.id.term !== term) {
      this.simulation.mark("read parked until the first commit")
    }
    if (input._tag === "Received" && input.message._tag === "AppendReply")
      this.answered(state, input.from, input.message)
  }

  private extended({ term, tree }: ChainState): void {
    const { base, head, slots } = tree
    const before = head.parent
    if (head.block.body._tag !== "Configuration" || head.configuration.outgoing !== undefined) return
    if (before?.configuration.outgoing === undefined) return
    const began = slots[before.since - base]?.block.id.term
    if (began !== undefined && began < term) this.simulation.mark("joint configuration left by a later leader")
  }

  private answered({ lead, settings }: ChainState, from: NodeId, reply: Message & { _tag: "AppendReply" }): void {
    for (const progress of lead?.progress ?? []) {
      if (progress.id !== from) continue
      if (reply.verified === undefined && this.full[from] === true) this.simulation.mark("lost window made up for")
      this.full[from] = progress.mode === "Replicate" && progress.next - 1 - progress.match >= settings.windowBlocks
    }
  }

  sends({ heardAt, leader, now, settings, term, vote }: ChainState, to: NodeId, message: Message): void {
    if (message._tag === "VoteReply" && !message.granted) {
      if (message.term === term && vote !== 0 && vote !== to && term === this.bornTerm && vote === this.bornVote) {
        this.simulation.mark("vote refused because of a vote before the restart")
      }
    } else if (message._tag === "PreVoteReply" && !message.granted && this.input._tag === "Received") {
      if (leader !== 0 && leader !== to && now - heardAt < settings.electionMs) {
        this.simulation.mark("pre-vote refused by a lease")
      }
    }
  }

  /** A snapshot takes the place of blocks some of which are not on its way. */
  installs({ tree }: ChainState, { block }: SnapshotName, committedAt: (height: number) => number | undefined): void {
    this.simulation.mark("snapshot installed")
    for (let height = tree.base + 1; height <= Math.min(block.counter, tree.head.block.id.counter); height++) {
      if (tree.slots[height - tree.base]?.block.id.term === committedAt(height)) continue
      this.simulation.mark("snapshot installed over a divergent tail")
      return
    }
  }
}
