import type { ChainState, Configuration, Member, NodeId } from "../../chain/index.ts"
import { elects } from "./Decides.ts"

/** What a member has answered a leader. */
interface Answer {
  incarnation: number
  round: number
}

/**
 * By what right a leader answers reads: a quorum has answered something that it sent after it was asked, or, with a lease,
 * something that it sent lately.
 *
 * **Details**
 *
 * A stale answer needs another leader at the right moment to be noticed; that it was given without the right to is seen at
 * once. Everything is of the leadership that goes on, and forgotten with it.
 */
export class ReadRules {
  /** When each round was sent, by the leader's clock. */
  private sentAt: Array<number | undefined> = []
  private readonly answers: Array<Answer | undefined> = []
  /** The last round that was sent before a read came, by who asked (0 is a client of the leader's own) and its number. */
  private asked: Array<Map<number, number> | undefined> = []
  private last = 0
  private handedOver = false
  /** The last question to a leader that was sent before a read of this node's own came, by the read's id. */
  private readonly following = new Map<number, number>()
  private lastQuestion = 0
  private lastAnswer = 0

  /** A leadership begins. */
  begins(): void {
    this.sentAt = []
    this.answers.length = 0
    this.asked = []
    this.last = 0
    this.handedOver = false
    this.following.clear()
  }

  /** A read comes to this node, which does not lead. */
  follows(id: number): void {
    this.following.set(id, this.lastQuestion)
  }

  /** A leader is asked, or has answered; the numbers grow. */
  questions(request: number): void {
    if (request > this.lastQuestion) this.lastQuestion = request
  }

  isTold(request: number): void {
    // What is greater was asked in an earlier life.
    if (request > this.lastAnswer && request <= this.lastQuestion) this.lastAnswer = request
  }

  /** Whether a leader has answered what it was asked after a read came here; nothing is judged that came to a leader. */
  allowsHere(id: number): boolean {
    const before = this.following.get(id)
    this.following.delete(id)
    return before === undefined || this.lastAnswer > before
  }

  sends(round: number, now: number): void {
    this.sentAt[round] = now
    if (round > this.last) this.last = round
  }

  /** Somebody is told to take over, and may be elected at any time. */
  handsOver(): void {
    this.handedOver = true
  }

  answered(from: NodeId, incarnation: number, round: number): void {
    const known = this.answers[from]
    if (known === undefined || known.incarnation !== incarnation) this.answers[from] = { incarnation, round }
    else if (round > known.round) known.round = round
  }

  asks(by: NodeId, request: number): void {
    const asked = (this.asked[by] ??= new Map())
    if (!asked.has(request)) asked.set(request, this.last)
  }

  /** Whether the read may be answered; what was not asked of this leadership is not judged. */
  allows(
    by: NodeId,
    request: number,
    { now, settings }: Pick<ChainState, "now" | "settings">,
    configuration: Configuration
  ): boolean {
    const { electionMs, id: self, leaseDriftPercent } = settings
    const before = this.asked[by]?.get(request)
    if (before === undefined) return true
    const said = ({ id, incarnation }: Member, since: (round: number) => boolean): boolean => {
      if (id === self) return true
      const answer = this.answers[id]
      if (answer === undefined || (incarnation !== 0 && answer.incarnation !== incarnation)) return false
      return since(answer.round)
    }
    if (elects(configuration, (member) => said(member, (round) => round > before))) return true
    if (leaseDriftPercent === undefined || this.handedOver) return false
    const since = now - electionMs * (1 - leaseDriftPercent / 100)
    return elects(configuration, (member) => said(member, (round) => (this.sentAt[round] ?? -Infinity) > since))
  }
}
