import type { NodeId } from "../../chain/index.ts"
import type { MessageCodec, Simulation } from "../../simulation/index.ts"
import type { ChainModule } from "./ChainModule.ts"
import type { Echoes } from "./Echoes.ts"
import type { Envelope } from "./Envelope.ts"
import type { History } from "./History.ts"
import type { Operations } from "./Operations.ts"
import { isUp } from "./Place.ts"
import type { Place } from "./Place.ts"

/** What all nodes of a run share. */
export interface World {
  readonly module: ChainModule
  readonly simulation: Simulation
  readonly history: History
  readonly operations: Operations
  readonly places: Array<Place>
  readonly maxSessions: number
  readonly codec: MessageCodec<Envelope>
  /** Whether all that is kept and sent goes through bytes. */
  readonly bytes: boolean
  /** How many nodes have stopped since the last repair. */
  troubles: number
  readonly echoes: Echoes
  /** A node that is cut off for a while, at times with another one: what it sends or what is sent to it is lost. */
  readonly stranded: { id: NodeId; mate: NodeId; until: number; deaf: boolean; mute: boolean }
}

/** Those who believe that they lead, the one of the latest term first. */
export const leadersOf = ({ places }: World): ReadonlyArray<Place> =>
  places
    .filter((place) => isUp(place) && place.node?.state().lead !== undefined)
    .sort((a, b) => (b.node?.state().term ?? 0) - (a.node?.state().term ?? 0))

/** Starts those again, of all or of these, that have stopped for a reason that may have gone away. */
export const repair = (world: World, places: ReadonlyArray<Place> = world.places): void => {
  world.troubles = 0
  for (const { lost, node, trouble } of places) {
    if (trouble === undefined || lost || node === undefined) continue
    node.crash(true)
    node.restart()
  }
}
