import type * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { NodeId } from "../Configuration.ts"
import { type ProposalError, ProposalUnknown } from "../NodeErrors.ts"

/** Refusals after which the same may be proposed again at once. */
const passing: ReadonlyArray<string> = ["NoLeader", "Superseded", "Transferring", "Overloaded"]

/** How long is waited before the same is proposed again, in milliseconds. */
const pauseMs = 20

/** Who proposes: after `attemptMs` without an answer the same is proposed again. */
export interface Proposer {
  readonly node: NodeId
  readonly attemptMs: number
  readonly clock: Clock.Clock
}

/**
 * Proposes what may be proposed twice, until it has an answer, or its time is over, or there is no point in it.
 *
 * **Details**
 *
 * It is refused only where no attempt may have had an effect.
 */
export const persevere = Effect.fnUntraced(function* <A>(
  { attemptMs, clock, node }: Proposer,
  attempt: (timeoutMs: number) => Effect.Effect<A, ProposalError>,
  timeoutMs: number
): Effect.fn.Return<A, ProposalError> {
  const deadline = clock.currentTimeMillisUnsafe() + timeoutMs
  let mayBeDone = false
  while (true) {
    const left = deadline - clock.currentTimeMillisUnsafe()
    const ended = yield* Effect.result(attempt(Math.min(left, attemptMs)))
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
