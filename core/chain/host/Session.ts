import * as Effect from "effect/Effect"
import * as Semaphore from "effect/Semaphore"
import type { Command } from "../Block.ts"
import type { NodeId } from "../Configuration.ts"
import type { Applied, ChainSession, TimeLimit } from "../Node.ts"
import { type ProposalError, ProposalRefused, ProposalUnknown } from "../NodeErrors.ts"
import type { Placed } from "./Calls.ts"
import { persevere, type Proposer } from "./Persevere.ts"
import { inTurn } from "./Turn.ts"

/** Does something within the time that was given, or the node's own; refuses a time that is none. */
export type Within = <A>(
  limit: TimeLimit | undefined,
  run: (timeoutMs: number) => Effect.Effect<A, ProposalError>
) => Effect.Effect<A, ProposalError>

/** What a session is made of. `propose` puts one command into the chain. */
export interface SessionOptions {
  readonly proposer: Proposer
  readonly session: number
  readonly propose: (command: Command, timeoutMs: number) => Effect.Effect<Placed, ProposalError>
  readonly within: Within
}

/** What became of a command of a session. */
export const appliedOf = ({ outcome, position }: Placed, node: NodeId): Effect.Effect<Applied, ProposalError> => {
  switch (outcome._tag) {
    case "Applied":
      return Effect.succeed({ position, answer: outcome.answer })
    case "SessionExpired":
      return Effect.fail(new ProposalRefused({ reason: "SessionExpired", node, leader: 0 }))
    default:
      return Effect.fail(new ProposalUnknown({ node }))
  }
}

/** A session that the chain has opened. */
export const makeSession = ({ propose, proposer, session, within }: SessionOptions): ChainSession => {
  const { node } = proposer
  const turn = Semaphore.makeUnsafe(1)
  let sequence = 0
  let isOver = false

  const persist = (command: Command, timeoutMs: number): Effect.Effect<Applied, ProposalError> =>
    persevere(
      proposer,
      (attemptMs) => Effect.flatMap(propose(command, attemptMs), (placed) => appliedOf(placed, node)),
      timeoutMs
    )

  const refused = (reason: "Busy" | "SessionExpired") =>
    Effect.suspend(() => Effect.fail(new ProposalRefused({ reason, node, leader: 0 })))

  const proposeNow = (payload: Uint8Array, timeoutMs: number): Effect.Effect<Applied, ProposalError> => {
    if (isOver) return refused("SessionExpired")
    // Until its outcome is known nothing may follow: the session would not know which number to go on with.
    isOver = true
    return persist({ session, sequence: sequence + 1, payload }, timeoutMs).pipe(
      Effect.tap(() =>
        Effect.sync(() => {
          sequence++
          isOver = false
        })
      ),
      Effect.tapError((error) =>
        Effect.sync(() => {
          isOver = error._tag !== "ProposalRefused" || error.reason === "SessionExpired"
        })
      )
    )
  }

  return {
    id: session,
    propose: (payload, limit) =>
      within(limit, (timeoutMs) =>
        inTurn(turn, proposer.clock, timeoutMs, (leftMs) => proposeNow(payload, leftMs), refused("Busy"))
      )
  }
}
