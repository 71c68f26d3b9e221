import type { ChainSettings, Configuration, Member, NodeId } from "../../chain/index.ts"
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
  /** The last round that was sent before a read came, by its key. */
  private readonly asked = new Map<string, number>()
  private last = 0
  private handedOver = false

  /** A leadership begins. */
  begins(): void {
    this.sentAt = []
    this.answers.length = 0
    this.asked.clear()
    this.last = 0
    this.handedOver = false
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

  asks(key: string): void {
    if (!this.asked.has(key)) this.asked.set(key, this.last)
  }

  /** Whether the read may be answered; what was not asked of this leadership is not judged. */
  allows(
    key: string,
    now: number,
    { electionMs, id: self, leaseDriftPercent }: ChainSettings,
    by: Configuration
  ): boolean {
    const before = this.asked.get(key)
    if (before === undefined) return true
    const said = ({ id, incarnation }: Member, since: (round: number) => boolean): boolean => {
      if (id === self) return true
      const answer = this.answers[id]
      if (answer === undefined || (incarnation !== 0 && answer.incarnation !== incarnation)) return false
      return since(answer.round)
    }
    if (elects(by, (member) => said(member, (round) => round > before))) return true
    if (leaseDriftPercent === undefined || this.handedOver) return false
    const since = now - electionMs * (1 - leaseDriftPercent / 100)
    return elects(by, (member) => said(member, (round) => (this.sentAt[round] ?? -Infinity) > since))
  }
}
