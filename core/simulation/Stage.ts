import type { Engine } from "./Engine.ts"
import type { Network } from "./Network.ts"
import type { TaskRates } from "./Tasks.ts"

/** What all nodes of one run share. */
export interface Stage {
  readonly engine: Engine
  readonly network: Network
  rates: TaskRates
  /** A number for a way on which things keep their order. */
  readonly lane: () => number
  /** The number of the node of this name. */
  readonly nodeCalled: (name: string) => number
  /** Whether a node begins again when it is its time: while only a core heals, others do not. */
  heals: (name: string) => boolean
  /** Tells the node's disk of a crash. */
  readonly crashed: (name: string, power: boolean) => void
}
