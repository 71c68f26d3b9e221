import * as Effect from "effect/Effect"
import type {
  Applied,
  ChainNode as EffectNode,
  ChainSession as EffectSession,
  NodeStatus,
  TimeLimit
} from "../../core/chain/index.ts"
import type { Address } from "../../core/ports/index.ts"
import { memberOf, nodeAddress, openChainNode } from "../node/index.ts"
import type { ChainNodeOptions, MemberOption } from "../node/index.ts"
import { open } from "./Runtime.ts"
import type { Log, Opened } from "./Runtime.ts"

/** A proposer whose commands are applied once each, however often they have to be sent. */
export class ChainSession {
  readonly id: number
  readonly #session: EffectSession
  readonly #opened: Opened<unknown>

  constructor(session: EffectSession, opened: Opened<unknown>) {
    this.id = session.id
    this.#session = session
    this.#opened = opened
  }

  /** Puts a command into the chain, once. */
  propose(command: Uint8Array, limit?: TimeLimit): Promise<Applied> {
    return this.#opened.run(this.#session.propose(command, limit))
  }
}

/**
 * A node of a cluster that agrees on one order of commands, without effects.
 *
 * **Details**
 *
 * Failures reject with `ProposalRefused` (it has had no effect, and `reason` and `leader` say why), `ProposalUnknown` (it
 * may have had its effect) or `NodeStopped`.
 */
export class ChainNode<State> {
  readonly id: number
  readonly address: Address
  readonly #opened: Opened<EffectNode<State>>

  constructor(opened: Opened<EffectNode<State>>) {
    this.id = opened.value.id
    this.address = opened.value.address
    this.#opened = opened
  }

  /** Puts a command into the chain, from any node, and ends when it is applied here. */
  propose(command: Uint8Array, limit?: TimeLimit): Promise<Applied> {
    return this.#opened.run(this.#opened.value.propose(command, limit))
  }

  /** Opens a session, whose commands are applied once each. */
  async openSession(limit?: TimeLimit): Promise<ChainSession> {
    return new ChainSession(await this.#opened.run(this.#opened.value.openSession(limit)), this.#opened)
  }

  /** Asks the state as it is after everything that was committed anywhere when this began. */
  read<A>(query: (state: State) => A, limit?: TimeLimit): Promise<A> {
    return this.#opened.run(this.#opened.value.read(query, limit))
  }

  /** Asks the state as it is here, which may be behind. */
  readLocal<A>(query: (state: State) => A): A {
    return this.#opened.value.readLocal(query)
  }

  /** Makes these the members of the cluster; only the leader does it. */
  changeMembers(members: ReadonlyArray<MemberOption>, limit?: TimeLimit): Promise<void> {
    return this.#opened.run(this.#opened.value.changeMembers(members.map(memberOf), limit))
  }

  /** Hands the leadership to another voter; only the leader does it. */
  transfer(to: number, limit?: TimeLimit): Promise<void> {
    return this.#opened.run(this.#opened.value.transfer(to, limit))
  }

  /** Has a snapshot taken although none is due. */
  takeSnapshot(): Promise<void> {
    return this.#opened.run(this.#opened.value.takeSnapshot)
  }

  /** Says where a peer is from now on, as `host:port`. */
  place(id: number, address: string): Promise<void> {
    const { place } = this.#opened.value
    return this.#opened.run(Effect.map(nodeAddress(id, address), (where) => place(id, where)))
  }

  /** How the node is. */
  status(): NodeStatus {
    return this.#opened.value.status()
  }

  /** The status now, and whenever role, term, leader or members have changed; who is slow gets the newest alone. */
  changes(): AsyncIterable<NodeStatus> {
    return this.#opened.iterate(this.#opened.value.changes)
  }

  /** Draws the node and its blocks as text. */
  describe(): string {
    return this.#opened.value.describe()
  }

  /** Never resolves: it rejects with `NodeStopped` when the node has stopped. */
  join(): Promise<never> {
    return this.#opened.run(this.#opened.value.join)
  }

  /** Ends it: what was acknowledged is on its disk. */
  close(): Promise<void> {
    return this.#opened.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}

/**
 * Clusters that agree on one order of commands, by Chained Raft, without effects.
 *
 * **Example**
 *
 * ```ts
 * const node = await Chain.node({
 *   id: 1,
 *   clusterId: "shop",
 *   addresses: { 1: "a:7001", 2: "b:7001", 3: "c:7001" },
 *   data: "/var/lib/shop",
 *   application: KeyValues.application
 * })
 * await node.propose(KeyValues.command({ _tag: "Add", key: "visits", amount: 1 }))
 * ```
 */
export const Chain = {
  /** Starts a node in this process; it runs until it is closed. */
  node: async <State>(options: ChainNodeOptions<State> & { readonly log?: Log }): Promise<ChainNode<State>> => {
    const { log, ...rest } = options
    return new ChainNode(await open(openChainNode(rest), log))
  }
}
