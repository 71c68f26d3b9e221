import * as Effect from "effect/Effect"
import * as Semaphore from "effect/Semaphore"

/**
 * What a process knows of a journal that it appends to: whose turn it is, how many have one or wait for one, the last
 * number (`undefined` until it is recovered), and how many appends failed after they had begun.
 */
export interface Writer {
  readonly turn: Semaphore.Semaphore
  queued: number
  last: number | undefined
  failures: number
}

/** Runs an effect when its turn has come. */
export const inTurn = <A, E, R>(writer: Writer, effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.suspend(() => {
    writer.queued++
    return Effect.ensuring(
      Semaphore.withPermit(writer.turn, effect),
      Effect.sync(() => {
        writer.queued--
      })
    )
  })

interface Held extends Writer {
  users: number
}

const newWriter = (): Held => ({
  turn: Semaphore.makeUnsafe(1),
  queued: 0,
  last: undefined,
  failures: 0,
  users: 0
})

/**
 * The writers of a process, one for each journal, whatever the number of handles on it.
 *
 * **Details**
 *
 * At most `capacity` that are not in use are remembered, the most recently used; a forgotten one recovers its last number
 * again.
 */
export class Writers {
  readonly #held = new Map<string, Held>()
  /** The one that is remembered longest. */
  #latest: string | undefined
  readonly #capacity: number

  constructor(capacity = 10_000) {
    this.#capacity = capacity
  }

  /** The writer of a journal, if it is remembered. */
  known(id: string): Writer | undefined {
    return this.#held.get(id)
  }

  /** The writer of a journal, to be given back when it is no longer in use. */
  take(id: string): Writer {
    const known = this.#held.get(id)
    const writer = known ?? newWriter()
    writer.users++
    if (known !== undefined && this.#latest === id) return writer
    this.#latest = id
    this.#held.delete(id)
    this.#held.set(id, writer)
    return writer
  }

  /** Gives back a writer that was taken. */
  give(id: string): void {
    const writer = this.#held.get(id)
    if (writer !== undefined) writer.users--
    if (this.#held.size > this.#capacity) this.#forget()
  }

  /** Runs an effect with the writer of a journal. */
  use<A, E, R>(id: string, run: (writer: Writer) => Effect.Effect<A, E, R>): Effect.Effect<A, E, R> {
    return Effect.suspend(() =>
      Effect.ensuring(
        run(this.take(id)),
        Effect.sync(() => this.give(id))
      )
    )
  }

  #forget(): void {
    for (const [id, { users }] of this.#held) {
      if (this.#held.size <= this.#capacity) return
      if (users === 0) this.#held.delete(id)
    }
  }
}
