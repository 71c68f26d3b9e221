import * as Effect from "effect/Effect"
import * as Semaphore from "effect/Semaphore"
import {
  type Applied,
  type ChainNode,
  type ChainSession,
  type ProposalError,
  ProposalRefused
} from "../../../core/chain/index.ts"

/**
 * Limits of a pool of sessions.
 *
 * **Details**
 *
 * So many commands are under way at a time as `maxSessions` (128); others wait, and are `Busy` when their time is over.
 * The pools of all nodes together stay well below the `maxSessions` that the cluster remembers. A command takes no longer
 * than `timeoutMs` (10 000), where nothing else is said.
 */
export interface SessionPoolOptions {
  readonly maxSessions?: number
  readonly timeoutMs?: number
}

const isExpired = (error: ProposalError): boolean =>
  error._tag === "ProposalRefused" && error.reason === "SessionExpired"

/** Whether a session may go on after this: it knows what became of its command. */
const isCertain = (error: ProposalError): boolean => error._tag === "ProposalRefused" && !isExpired(error)

/**
 * Proposes commands of many clients in a few sessions of a node, so that each is applied once, however often it has to be
 * sent.
 *
 * **When to use**
 *
 * For clients that have no sessions of their own, and are not to hear of every change of leaders.
 *
 * **Details**
 *
 * Sessions are opened when they are needed, and the one that was used last is used first. One that the cluster has
 * forgotten, or whose last command has an outcome that nobody knows, is replaced.
 */
export const sessionPool = (
  node: Pick<ChainNode<unknown>, "id" | "openSession">,
  options: SessionPoolOptions = {}
): ChainNode<unknown>["propose"] => {
  const { maxSessions = 128, timeoutMs: usualMs = 10_000 } = options
  const refused = (reason: "Busy" | "NoLeader") => new ProposalRefused({ reason, node: node.id, leader: 0 })
  const places = Semaphore.makeUnsafe(maxSessions)
  const idle: Array<ChainSession> = []

  const proposeUntil = (command: Uint8Array, deadline: number): Effect.Effect<Applied, ProposalError> => {
    const limit = () => ({ timeoutMs: Math.max(1, Math.ceil(deadline - performance.now())) })
    const giveBack = (session: ChainSession) => Effect.sync(() => void idle.push(session))
    const proposeIn = (session: ChainSession) =>
      session.propose(command, limit()).pipe(
        Effect.tap(() => giveBack(session)),
        Effect.tapError((error) => (isCertain(error) ? giveBack(session) : Effect.void))
      )
    // A session that may have been opened, and that nobody uses, is no effect of the command.
    const opened = Effect.suspend(() =>
      Effect.catchTag(node.openSession(limit()), "ProposalUnknown", () => Effect.fail(refused("NoLeader")))
    )
    const inNew = Effect.flatMap(opened, proposeIn)
    return Effect.suspend(() => {
      const session = idle.pop()
      if (session === undefined) return inNew
      return Effect.catch(proposeIn(session), (error) => (isExpired(error) ? inNew : Effect.fail(error)))
    })
  }

  return (command, limit) =>
    Effect.suspend(() => {
      const timeoutMs = limit?.timeoutMs ?? usualMs
      const deadline = performance.now() + timeoutMs
      let hasBegun = false
      const begun = Effect.suspend(() => {
        hasBegun = true
        return proposeUntil(command, deadline)
      })
      const late = Effect.suspend(() => (hasBegun ? Effect.never : Effect.fail(refused("Busy"))))
      return Effect.raceFirst(Semaphore.withPermit(places, begun), Effect.andThen(Effect.sleep(timeoutMs), late))
    })
}
