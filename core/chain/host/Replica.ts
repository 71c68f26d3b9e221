import * as Result from "effect/Result"
import type { DecodeError } from "../../bytes/index.ts"
import type { Application } from "../Application.ts"
import { type Block, commandsIn } from "../Block.ts"
import { applyBlock, decodeSnapshot, encodeSnapshot, makeSessions, type Sessions } from "../Sessions.ts"
import type { Placed } from "./Calls.ts"

const nothing = new Uint8Array(0)

/**
 * The application of one node, as far as it has got.
 *
 * **Details**
 *
 * A witness is told of blocks without their commands: from the first of these on it has no state, and its snapshots are
 * empty.
 */
export class Replica<State> {
  readonly #application: Application<State>
  readonly #maxSessions: number
  #sessions: Sessions<State>
  #isBlind = false
  #covered = 0

  constructor(application: Application<State>, maxSessions: number) {
    this.#application = application
    this.#maxSessions = maxSessions
    this.#sessions = makeSessions(application, maxSessions)
  }

  /** Whether there is no state, because commands were withheld. */
  get isBlind(): boolean {
    return this.#isBlind
  }

  get state(): State {
    return this.#sessions.state
  }

  /** The number of commands that were applied. */
  get position(): number {
    return this.#sessions.position
  }

  /** Applies a committed block; what it throws is the end of the node. */
  apply(block: Block): ReadonlyArray<Placed> {
    if (block.body._tag === "Withheld") this.#isBlind = true
    if (this.#isBlind) return []
    // The machine hears a little later than the application that a snapshot has taken the place of such a block.
    if (block.position < this.position && block.position + commandsIn(block) <= this.#covered) return []
    return applyBlock(this.#sessions, block).map((outcome, i) => ({ position: block.position + i, outcome }))
  }

  /** The state and the sessions as they are now. */
  snapshot(): Uint8Array {
    return this.#isBlind ? nothing : encodeSnapshot(this.#sessions)
  }

  /** Becomes what a snapshot says; never goes back behind what was applied. */
  become(bytes: Uint8Array): DecodeError | undefined {
    if (bytes.length === 0) {
      this.#isBlind = true
      return undefined
    }
    const decoded = decodeSnapshot(this.#application, bytes, this.#maxSessions)
    if (Result.isFailure(decoded)) return decoded.failure
    if (!this.#isBlind && decoded.success.position < this.position) return undefined
    this.#sessions = decoded.success
    this.#covered = decoded.success.position
    this.#isBlind = false
    return undefined
  }
}
