import type { NodeId } from "../../chain/index.ts"
import type { Prng } from "../../simulation/index.ts"
import type { Envelope } from "./Envelope.ts"

/** A message that was sent. */
interface Heard {
  readonly from: NodeId
  readonly to: NodeId
  readonly envelope: Envelope
}

/** So many of either kind are remembered; a power of two. */
const remembered = 64

/** Of the messages that make up most of the traffic every so many is remembered; a power of two. */
const common = 8

/** Some of the messages that were sent, so that a network that repeats old ones can be played. */
export class Echoes {
  private readonly often: Array<Heard> = []
  private readonly rare: Array<Heard> = []
  private oftens = 0
  private rares = 0

  hears(from: NodeId, to: NodeId, envelope: Envelope): void {
    const { _tag } = envelope
    if (_tag !== "Append" && _tag !== "AppendReply") {
      this.rare[this.rares++ & (remembered - 1)] = { from, to, envelope }
    } else if ((this.oftens++ & (common - 1)) === 0) {
      this.often[(this.oftens / common) & (remembered - 1)] = { from, to, envelope }
    }
  }

  pick(random: Prng): Heard | undefined {
    const some = random.chance(50) ? this.often : this.rare
    return some[random.below(remembered)]
  }
}
