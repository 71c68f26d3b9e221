import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import type { CommandOutcome } from "../Sessions.ts"
import type { ChainInput } from "../ChainInput.ts"
import type { NodeStopped, ProposalError } from "../NodeErrors.ts"

/** What became of a command, and its place among all commands of the chain. */
export interface Placed {
  readonly position: number
  readonly outcome: CommandOutcome
}

interface Call {
  readonly end: (placed: ReadonlyArray<Placed>) => void
  readonly fail: (error: ProposalError) => void
}

/**
 * Those who wait for a node's answers.
 *
 * **Details**
 *
 * Somebody who is interrupted is forgotten; what was asked goes on.
 */
export class Calls {
  readonly #calls = new Map<number, Call>()
  #next = 1
  #stopped: NodeStopped | undefined

  /** Whether nothing is answered any more. */
  get hasStopped(): boolean {
    return this.#stopped !== undefined
  }

  /**
   * Asks the machine something under a number of its own, and waits for the answer. `take` makes the value at the moment
   * of the answer, from the state as it is then; what it throws is a defect of whoever asked.
   */
  ask<A>(
    offer: (input: ChainInput) => Effect.Effect<void>,
    input: (id: number) => ChainInput,
    take: (placed: ReadonlyArray<Placed>) => A
  ): Effect.Effect<A, ProposalError> {
    return Effect.suspend(() => {
      if (this.#stopped !== undefined) return Effect.fail(this.#stopped)
      const id = this.#next++
      const waiting = Deferred.makeUnsafe<A, ProposalError>()
      this.#calls.set(id, {
        end: (placed) => Deferred.doneUnsafe(waiting, taken(take, placed)),
        fail: (error) => Deferred.doneUnsafe(waiting, Effect.fail(error))
      })
      return offer(input(id)).pipe(
        Effect.andThen(Deferred.await(waiting)),
        Effect.onInterrupt(() => Effect.sync(() => this.#calls.delete(id)))
      )
    })
  }

  /** It is done. */
  end(id: number, placed: ReadonlyArray<Placed>): void {
    this.#take(id)?.end(placed)
  }

  /** It is not done, or nobody knows. */
  fail(id: number, error: ProposalError): void {
    this.#take(id)?.fail(error)
  }

  /** Fails all who wait, and all who come; the first reason stays. */
  stop(error: NodeStopped): void {
    this.#stopped ??= error
    for (const id of [...this.#calls.keys()]) this.fail(id, this.#stopped)
  }

  #take(id: number): Call | undefined {
    const call = this.#calls.get(id)
    this.#calls.delete(id)
    return call
  }
}

const taken = <A>(take: (placed: ReadonlyArray<Placed>) => A, placed: ReadonlyArray<Placed>): Effect.Effect<A> => {
  try {
    return Effect.succeed(take(placed))
  } catch (defect) {
    return Effect.die(defect)
  }
}
