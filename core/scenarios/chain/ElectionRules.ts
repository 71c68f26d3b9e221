import type { ChainInput, ChainState, Configuration, Member, Message, NodeId } from "../../chain/index.ts"
import { elects, isVoter, memberIn } from "./Decides.ts"
import type { Place } from "./Place.ts"

type Received = ChainInput & { readonly _tag: "Received" }

/** Says that something does not hold of a node. */
type Fail = (invariant: string, what: string) => never

/**
 * When one life of a node must campaign, must not, and must lead no more.
 *
 * **Details**
 *
 * Who breaks one of these rules does no harm but that the cluster stands still, or elects for nothing, and that only where
 * others are away at the right moment.
 */
export class ElectionRules {
  private readonly place: Place
  private readonly fail: Fail
  /** What the step before left. */
  private electionAt = Infinity
  private heartbeatAt = 0
  private campaign: ChainState["campaign"]
  private granted = 0
  private led = 0
  private configuration: Configuration
  /** When it began to lead, or its configuration was another one. */
  private since = 0
  private heardAt = -Infinity
  /** When each node has answered last, by its id. */
  private readonly answeredAt: Array<number | undefined> = []

  constructor(place: Place, { tree }: ChainState, fail: Fail) {
    this.place = place
    this.fail = fail
    this.configuration = tree.head.configuration
  }

  stepped(state: ChainState, input: ChainInput, installing: boolean): void {
    const { campaign, lead, now, term, tree } = state
    const { configuration } = tree.head
    const begins = lead !== undefined && this.led !== term
    if (begins || configuration !== this.configuration) this.since = now
    this.configuration = configuration
    if (input._tag === "Received") this.received(state, input)
    else if (input._tag === "Tick") {
      if (lead === undefined) {
        if (this.led === 0 && !installing) this.waited(state)
      } else if (!begins && lead.heartbeatAt !== this.heartbeatAt) this.speaks(state)
    }
    if (campaign !== undefined && campaign !== this.campaign) this.mayLead(state)
    this.led = lead === undefined ? 0 : term
    this.heartbeatAt = lead === undefined ? 0 : lead.heartbeatAt
    this.electionAt = state.electionAt
    this.campaign = campaign
    this.granted = campaign === undefined ? 0 : campaign.granted.length
  }

  private received(state: ChainState, { from, incarnation, message }: Received): void {
    const { lead, now, stopped, term } = state
    const { _tag } = message
    // A candidate's term is adopted only where it may be elected, as one that was told to take over always may.
    const campaigns = _tag === "PreVote" || (_tag === "Vote" && !message.transfer)
    if (message.term > term && !campaigns && !stopped) {
      this.fail("S7 terms are learnt", `is told of term ${message.term}, and stays in term ${term}`)
    }
    if (_tag === "VoteReply" || _tag === "PreVoteReply") this.voted(state, from, incarnation, message)
    else if (message.term === term) {
      if (_tag === "Append" || _tag === "Snapshot") {
        if (lead === undefined) this.heardAt = now
      } else if (_tag === "AppendReply" || _tag === "SnapshotReply") this.answeredAt[from] = now
    }
  }

  /** Only voters begin a campaign, of the configuration in force or of the one that is committed. */
  private mayLead({ commit, tree }: ChainState): void {
    const { id } = this.place
    if (isVoter(tree.head.configuration, id) || isVoter(commit.configuration, id)) return
    this.fail("S10 only voters lead", "campaigns, and is no voter")
  }

  /** Who has lost its disk has lost what it voted for. */
  private voted(
    { campaign, lead, term, tree }: ChainState,
    from: NodeId,
    incarnation: number,
    { granted }: Message & { readonly _tag: "VoteReply" | "PreVoteReply" }
  ): void {
    if (!granted) return
    const counts =
      campaign === undefined
        ? lead !== undefined && this.led !== term
        : campaign !== this.campaign || campaign.granted.length > this.granted
    const known = memberIn(tree.head.configuration, from)?.incarnation ?? 0
    if (!counts || known === 0 || incarnation === 0 || known === incarnation) return
    this.fail("S10 votes of a quorum", `counts the vote of node ${from}, which has lost its disk`)
  }

  /** Nobody campaigns too early, nor does a voter that has waited long enough not, unless it knows that it is none any more. */
  private waited({ campaign, commit, incarnation, now, settings, stopped, tree }: ChainState): void {
    if (campaign !== undefined) {
      if (campaign === this.campaign || now - this.heardAt >= settings.electionMs) return
      this.fail("L7 who hears a leader waits", `has heard one ${now - this.heardAt} ms ago, and campaigns`)
    }
    if (now < this.electionAt || stopped) return
    const { id } = this.place
    const { configuration } = tree.head
    const known = memberIn(configuration, id)?.incarnation ?? 0
    if (known !== 0 && known !== incarnation) return
    if (!isVoter(configuration, id) && !isVoter(commit.configuration, id)) return
    this.fail("L1 voters campaign", "may lead, has waited for a leader, and does not campaign")
  }

  /** A leader that speaks has been answered by a quorum lately. */
  private speaks({ now, settings, term, tree }: ChainState): void {
    if (now - this.since <= settings.electionMs) return
    const answered = ({ id }: Member): boolean =>
      id === settings.id || now - (this.answeredAt[id] ?? -Infinity) <= settings.electionMs
    if (elects(tree.head.configuration, answered)) return
    this.fail("L3 who has no quorum gives way", `leads term ${term} on, and no quorum has answered it lately`)
  }
}
