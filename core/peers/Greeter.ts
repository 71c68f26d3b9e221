import * as Effect from "effect/Effect"
import * as Latch from "effect/Latch"
import * as Semaphore from "effect/Semaphore"
import { foundedApart, greet, type Greeted, type Hello, type Welcome } from "./Hello.ts"
import { peerAdvice } from "./PeerError.ts"

/** Of so many peers that are refused at a time it is told. */
const mostTold = 1024

/**
 * Who this node is to its peers: what it says of itself, what it answers, and what they have it learn.
 *
 * **Details**
 *
 * A node that does not know who has founded its cluster learns it from the first that greets it and does. That is written
 * down, by `learnt`, before anybody is welcomed who knows it: nothing is taken from two clusters, also after a restart.
 */
export class Greeter {
  readonly #learnt: (founders: string) => Effect.Effect<void>
  readonly #turn = Semaphore.makeUnsafe(1)
  readonly #known: Latch.Latch
  readonly #told = new Set<number>()
  #self: Greeted

  constructor(self: Greeted, learnt: (founders: string) => Effect.Effect<void>) {
    this.#self = self
    this.#learnt = learnt
    this.#known = Latch.makeUnsafe(self.founders !== "")
  }

  /** What the node says of itself now. */
  get self(): Greeted {
    return this.#self
  }

  /** Ends once the node knows who has founded its cluster. */
  get known(): Effect.Effect<void> {
    return Latch.await(this.#known)
  }

  /** Whether it has not been told yet that a peer is of a cluster with other founders, which it is from now on. */
  isNews(id: number): boolean {
    if (this.#told.has(id) || this.#told.size >= mostTold) return false
    this.#told.add(id)
    return true
  }

  /** What is answered to a greeting. */
  readonly answer = (hello: Hello): Effect.Effect<Welcome> =>
    Effect.suspend(() => {
      const welcome = greet(hello, this.#self)
      const teaches = welcome._tag === "Welcome" && hello.founders !== "" && this.#self.founders === ""
      const answered = Effect.suspend(() => this.#tell(hello, greet(hello, this.#self)))
      return teaches ? Effect.andThen(this.#turn.withPermit(this.#learn(hello.founders)), answered) : answered
    })

  #learn(founders: string): Effect.Effect<void> {
    return Effect.suspend(() => {
      if (this.#self.founders !== "") return Effect.void
      return Effect.andThen(
        this.#learnt(founders),
        Effect.sync(() => {
          this.#self = { ...this.#self, founders }
          Latch.openUnsafe(this.#known)
        })
      )
    })
  }

  /** Tells of a peer of which no waiting makes one of this cluster, unless the link to it has; the peer tells of the rest. */
  #tell(hello: Hello, welcome: Welcome): Effect.Effect<Welcome> {
    const { from } = hello
    if (welcome._tag === "Welcome") this.#told.delete(from)
    else if (welcome.reason === "OtherFounders" && this.isNews(from)) {
      const apart = foundedApart(hello.founders, this.#self)
      return Effect.as(Effect.logWarning(`Node ${from} is refused (${apart}): ${peerAdvice.OtherFounders}.`), welcome)
    }
    return Effect.succeed(welcome)
  }
}
