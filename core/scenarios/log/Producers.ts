import { encodeUtf8 } from "../../bytes/index.ts"
import type { NewRecord } from "../../log/index.ts"
import type { Prng } from "../../simulation/index.ts"
import { later } from "./LogModel.ts"
import type { Sender, Wish } from "./LogModel.ts"
import type { LogWorld } from "./LogWorld.ts"

/** What clients of all kinds send to a log: most often what continues their sequence. */
export class Producers {
  private readonly world: LogWorld
  private readonly sent: Array<Wish> = []
  private readonly largest: number
  private values = 0

  constructor(world: LogWorld) {
    this.world = world
    this.largest = world.simulation.knob("largest")
  }

  send(random: Prng): void {
    const { questions } = this.world
    const acks = random.pick([-1, -1, 1, 0] as const)
    if (random.chance(20)) {
      const wishes = Array.from({ length: 1 + random.below(3) }, () => this.wish(random, undefined))
      return questions.append(wishes, acks)
    }
    const [latest] = this.sent.slice(-1 - random.below(10))
    const wish = latest !== undefined && random.chance(20) ? latest : this.wish(random, this.sender(random))
    if (wish !== latest) this.sent.push(wish)
    questions.append([wish], acks)
  }

  private sender(random: Prng): Sender {
    const id = 1 + random.below(3)
    const due = this.world.model.due(id) ?? { epoch: random.below(2), sequence: random.pick([0, 7, 2 ** 31 - 2]) }
    const roll = random.below(100)
    if (roll < 85) return { id, ...due }
    if (roll < 90) return { id, epoch: due.epoch, sequence: later(due.sequence, random.pick([1, 2, 2 ** 31 - 1])) }
    if (roll < 94) return { id, epoch: due.epoch + 1, sequence: 0 }
    if (roll < 97) return { id, epoch: due.epoch + 1, sequence: 1 + random.below(3) }
    return { id, epoch: Math.max(0, due.epoch - 1), sequence: random.pick([0, due.sequence]) }
  }

  private wish(random: Prng, sender: Sender | undefined): Wish {
    const records = Array.from({ length: 1 + random.below(3) }, (): NewRecord => {
      const value = `value ${++this.values} `.padEnd(random.below(this.largest), "x")
      return { timestamp: 1000 + random.below(100), key: null, value: encodeUtf8(value), headers: [] }
    })
    return { sender, records }
  }
}
