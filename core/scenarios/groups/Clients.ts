import type { Prng } from "../../simulation/index.ts"
import { startCooperative } from "./CooperativeClient.ts"
import type { GroupWorld } from "./GroupWorld.ts"
import { startPlain } from "./PlainClient.ts"
import type { SimulatedClient } from "./SimulatedClient.ts"

/** So many processes there are at most. */
const most = 6

const instances: ReadonlyArray<string> = ["x", "y"]

/** The processes that are members or want to be, and what is asked beside them. */
export class Clients {
  all: Array<SimulatedClient> = []
  private readonly world: GroupWorld
  private started = 0

  constructor(world: GroupWorld) {
    this.world = world
  }

  get alive(): ReadonlyArray<SimulatedClient> {
    this.all = this.all.filter((one) => one.alive())
    return this.all
  }

  /** Starts a process; a static one also beside another of its name that stands still. */
  start(random: Prng, again?: string): void {
    if (this.alive.length >= most) return
    const client = this.begin(random, again)
    if (client !== undefined) this.all.push(client)
  }

  pick(random: Prng, act: (client: SimulatedClient) => void): void {
    const { alive } = this
    if (alive.length > 0) act(random.pick(alive))
  }

  private begin(random: Prng, again: string | undefined): SimulatedClient | undefined {
    const { alive, world } = this
    const name = `client ${++this.started}`
    if (again !== undefined) return startPlain(world, name, again, random)
    if (random.chance(world.cooperative)) return startCooperative(world, name, random)
    const instance = random.chance(40) ? random.pick(instances) : null
    const holder = alive.find((one) => one.instance !== null && one.instance === instance)
    if (holder !== undefined && holder.stalledUntil() === 0) return undefined
    return startPlain(world, name, instance, random)
  }
}
