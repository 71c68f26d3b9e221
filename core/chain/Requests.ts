import type { Command } from "./Block.ts"
import type { ChainOutput } from "./ChainOutput.ts"
import type { Member, NodeId } from "./Configuration.ts"
import type { RefusedReason } from "./Message.ts"

/** What every request of the driver has: it is answered once, at the latest at its deadline. */
interface Waits {
  readonly id: number
  readonly deadline: number
  done: boolean
}

/**
 * Commands that this node was asked to propose.
 *
 * **Details**
 *
 * - `Here`: in no block and never sent anywhere
 * - `Sent`: forwarded under the number `request` in the term `term`, when all up to the height `after` was committed here;
 *   in which block it is, if any, is not known
 * - `Placed`: in a block, from `index` on
 */
export interface Proposal extends Waits {
  readonly _tag: "Proposal"
  readonly commands: ReadonlyArray<Command>
  readonly bytes: number
  stage: "Here" | "Sent" | "Placed"
  request: number
  term: number
  after: number
  index: number
}

/** A read of this node's application. */
export interface ReadRequest extends Waits {
  readonly _tag: "Read"
}

/** A change of the members; `learners` came with it, and go again when they do not catch up. */
export interface ChangeRequest extends Waits {
  readonly _tag: "Change"
  readonly target: ReadonlyArray<Member>
  stage: "Waiting" | "Learning" | "Joint"
  learners: ReadonlyArray<NodeId>
}

/** A transfer of the leadership; with the id 0 the leader's own idea. `told` is whether the target was told to campaign. */
export interface TransferRequest extends Waits {
  readonly _tag: "Transfer"
  readonly to: NodeId
  readonly abortAt: number
  told: boolean
}

export type Request = Proposal | ReadRequest | ChangeRequest | TransferRequest

/** The requests that are not answered yet, in order of their deadlines, among some that are; `live` counts the former. */
export interface Requests {
  items: Array<Request>
  from: number
  live: number
}

/** A node that requests are made to: they are answered among its outputs. */
interface Asked {
  readonly requests: Requests
  readonly outputs: Array<ChainOutput>
  readonly leader: NodeId
}

/** No requests. */
export const noRequests = (): Requests => ({ items: [], from: 0, live: 0 })

/** Puts a request in order of its deadline, behind those with the same. */
export const addRequest = ({ requests }: Asked, request: Request): void => {
  const { items } = requests
  let at = items.length
  items.push(request)
  while (at > requests.from && (items[at - 1] as Request).deadline > request.deadline) {
    items[at] = items[at - 1] as Request
    at--
  }
  items[at] = request
  requests.live++
}

/** The request with the earliest deadline. */
export const firstRequest = (requests: Requests): Request | undefined => {
  const { items } = requests
  while (requests.from < items.length && (items[requests.from] as Request).done) requests.from++
  return items[requests.from]
}

/** Marks a request as answered, and forgets those that are, now and then. */
export const finish = ({ requests }: Asked, request: Request): void => {
  request.done = true
  requests.live--
  if (requests.live === 0) {
    requests.items.length = 0
    requests.from = 0
  } else if (requests.items.length > 2 * requests.live + 64) {
    requests.items = requests.items.filter(({ done }) => !done)
    requests.from = 0
  }
}

/** Answers that a request has had no effect and will have none. */
export const refuse = (state: Asked, request: Request, reason: RefusedReason): void => {
  if (request.done) return
  finish(state, request)
  state.outputs.push({ _tag: "Refused", id: request.id, reason, leader: state.leader })
}

/** Answers that nobody knows whether a request had its effect. */
export const answerUnknown = (state: Asked, request: Request): void => {
  if (request.done) return
  finish(state, request)
  state.outputs.push({ _tag: "Unknown", id: request.id })
}

/** Answers that a change or a transfer is done. */
export const answerChanged = (state: Asked, request: Request): void => {
  if (request.done) return
  finish(state, request)
  state.outputs.push({ _tag: "Changed", id: request.id })
}
