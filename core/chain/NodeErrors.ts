import * as Data from "effect/Data"
import type { NodeId } from "./Configuration.ts"
import type { RefusedReason } from "./Message.ts"

/**
 * Why a node did not do what it was asked; it has had no effect and will have none.
 *
 * **Details**
 *
 * Beside what the cluster refuses:
 *
 * - `TooLarge`: the command has more than `maxCommandBytes`
 * - `Busy`: more proposals are under way than `maxProposals`, or others of its session, and its time is over
 * - `SessionExpired`: the cluster has forgotten the session, or its last command ended with `ProposalUnknown`
 * - `NoApplication`: the node is a witness, and has no state to be read
 * - `BadTimeLimit`: the `timeoutMs` that came with it is no time
 */
export type ProposalRefusedReason =
  | RefusedReason
  | "TooLarge"
  | "Busy"
  | "SessionExpired"
  | "NoApplication"
  | "BadTimeLimit"

const sentences: Readonly<Record<ProposalRefusedReason, string>> = {
  NoLeader: "no leader was found in time: see whether a majority of the voters runs and can be reached",
  Overloaded: "too many bytes wait for their commit: ask again later, or propose less at once",
  Superseded: "another leader has put something else in its place: ask again",
  Transferring: "the leadership is being handed over: ask again",
  ChangeUnderWay: "another change of the members is under way: ask again when it is done",
  BadChange: "the members make no cluster, or the new ones, or the one to lead, do not catch up: see their logs",
  Stopped: "the node has stopped: ask another one",
  TooLarge: "the command is too large: propose smaller ones, or raise maxCommandBytes on every node",
  Busy: "too many proposals are under way: propose fewer at once",
  SessionExpired: "its session is over: open a new one",
  NoApplication: "the node is a witness and has no state: ask another one",
  BadTimeLimit: "its timeoutMs is no time: give milliseconds above 0"
}

/**
 * What was asked of a node has had no effect and will have none. `leader` is 0 where none is known; `detail` says more than
 * the reason does, in a sentence.
 */
export class ProposalRefused extends Data.TaggedError("ProposalRefused")<{
  readonly reason: ProposalRefusedReason
  readonly node: NodeId
  readonly leader: NodeId
  readonly detail?: string | undefined
}> {
  override get message(): string {
    const { detail, leader, node, reason } = this
    if (detail !== undefined) return `Node ${node} has refused it: ${detail}`
    const isOther = reason === "NoLeader" && leader !== 0 && leader !== node
    const why = isOther ? `node ${leader} leads: ask that one, or this one again` : sentences[reason]
    return `Node ${node} has refused it, because ${why}.`
  }
}

/** The time is up, and what was asked may have had its effect, or have it yet. */
export class ProposalUnknown extends Data.TaggedError("ProposalUnknown")<{
  readonly node: NodeId
}> {
  override get message(): string {
    return `Node ${this.node} cannot say whether it was done: ask for what it should have changed, or propose it again in a session.`
  }
}

/** The node has stopped, for good; what it was asked before may have had its effect. */
export class NodeStopped extends Data.TaggedError("NodeStopped")<{
  readonly node: NodeId
  readonly detail: string
  readonly cause?: unknown
}> {
  override get message(): string {
    return `Node ${this.node} has stopped: ${this.detail.replace(/\.$/, "")}.`
  }
}

/** An option of a node that makes no sense. `message` is one sentence that says what to give. */
export class NodeOptionInvalid extends Data.TaggedError("NodeOptionInvalid")<{
  readonly option: string
  readonly message: string
}> {}

/** How something that a node was asked can fail. */
export type ProposalError = ProposalRefused | ProposalUnknown | NodeStopped
