import type * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Semaphore from "effect/Semaphore"
import type { Command } from "../Block.ts"
import type { NodeId } from "../Configuration.ts"
import type { Applied, ChainSession, TimeLimit } from "../Node.ts"
import { type ProposalError, ProposalRefused, ProposalUnknown } from "../NodeErrors.ts"
import type { Placed } from "./Calls.ts"

/** Refusals after which the same command may be proposed again at once. */
const passing: ReadonlyArray<string> = ["NoLeader", "Superseded", "Transferring", "Overloaded"]

/** How long is waited before the same command is proposed again, in milliseconds. */
const pauseMs = 20

/**
 * What a session is made of. `propose` puts one command into the chain, and `limitOf` says how long that may take; after
 * `attemptMs` without an answer the same command is proposed again.
 */
export interface SessionOptions {
  readonly node: NodeId
  readonly session: number
  readonly propose: (command: Command, timeoutMs: number) => Effect.Effect<Placed, ProposalError>
  readonly limitOf: (limit: TimeLimit | undefined) => number
  readonly attemptMs: number
  readonly clock: Clock.Clock
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
export const makeSession = ({ attemptMs, clock, limitOf, node, propose, session }: SessionOptions): ChainSession => {
  const turn = Semaphore.makeUnsafe(1)
  let sequence = 0
  let isOver = false

  /** Proposes one command until it is applied, or its time is over, or there is no point in it. */
  const persist = Effect.fnUntraced(function* (command: Command, timeoutMs: number) {
    const deadline = clock.currentTimeMillisUnsafe() + timeoutMs
    let mayBeDone = false
    while (true) {
      const left = deadline - clock.currentTimeMillisUnsafe()
      const attempt = Effect.flatMap(propose(command, Math.min(left, attemptMs)), (placed) => appliedOf(placed, node))
      const ended = yield* Effect.result(attempt)
      if (ended._tag === "Success") return ended.success
      const error = ended.failure
      if (error._tag === "ProposalUnknown") mayBeDone = true
      const goesOn =
        error._tag === "ProposalUnknown" || (error._tag === "ProposalRefused" && passing.includes(error.reason))
      if (goesOn && clock.currentTimeMillisUnsafe() + pauseMs < deadline) {
        yield* Effect.sleep(pauseMs)
        continue
      }
      return yield* mayBeDone && error._tag === "ProposalRefused" ? new ProposalUnknown({ node }) : error
    }
  })

  return {
    id: session,
    propose: (payload, limit) =>
      Semaphore.withPermit(
        turn,
        Effect.suspend(() => {
          if (isOver) return Effect.fail(new ProposalRefused({ reason: "SessionExpired", node, leader: 0 }))
          // Until its outcome is known nothing may follow: the session would not know which number to go on with.
          isOver = true
          return persist({ session, sequence: sequence + 1, payload }, limitOf(limit)).pipe(
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
        })
      )
  }
}
