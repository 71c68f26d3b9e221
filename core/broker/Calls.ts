import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import type { BrokerInput } from "./BrokerIo.ts"
import type { AnyCall, CallId } from "./Call.ts"
import type { CallEnd, Hub } from "./Session.ts"

/** The calls that wait for their end. */
export class Calls {
  readonly #waiting = new Map<CallId, Deferred.Deferred<CallEnd>>()
  #nextId = 1
  #isClosed = false

  /** Ends a call, unless nobody waits for it any more. */
  end(id: CallId, how: CallEnd): void {
    const waiting = this.#waiting.get(id)
    this.#waiting.delete(id)
    if (waiting !== undefined) Deferred.doneUnsafe(waiting, Effect.succeed(how))
  }

  /** Ends all calls that there are and will be: the broker has stopped. */
  readonly closeAll: Effect.Effect<void> = Effect.sync(() => {
    this.#isClosed = true
    for (const id of [...this.#waiting.keys()]) this.end(id, "Close")
  })

  hub(offer: (input: BrokerInput) => Effect.Effect<void>): Hub {
    return {
      submit: (call) =>
        Effect.suspend(() => {
          const id = this.#nextId++
          const end = Deferred.makeUnsafe<CallEnd>()
          this.#waiting.set(id, end)
          if (this.#isClosed) {
            this.end(id, "Close")
            return Effect.succeed({ id, end })
          }
          return offer({ _tag: "Request", call: { ...call, id } as AnyCall }).pipe(
            Effect.onInterrupt(() => Effect.sync(() => this.#waiting.delete(id))),
            Effect.as({ id, end })
          )
        }),
      abandon: (id) =>
        Effect.suspend(() => {
          this.#waiting.delete(id)
          return this.#isClosed ? Effect.void : offer({ _tag: "Abandoned", id })
        })
    }
  }
}
