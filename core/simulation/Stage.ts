import type { Engine } from "./Engine.ts"
import type { Network } from "./Network.ts"
import type { TaskRates } from "./TaskRates.ts"

/** What all nodes of one run share. */
export interface Stage {
  readonly engine: Engine
  readonly network: Network
  rates: TaskRates
  /** A number for a way on which things keep their order. */
  readonly lane: () => number
  /** The number of the node of this name. */
  readonly nodeCalled: (name: string) => number
  /**
   * Those that begin again when it is their time, while only a core heals.
   *
   * Names and no function that tells: one function stored over another keeps runs that have ended from being collected.
   */
  core: ReadonlyArray<string> | undefined
  /** Tells the node's disk of a crash. */
  readonly crashed: (name: string, power: boolean) => void
}

/** Whether a node begins again when it is its time: while only a core heals, others do not. */
export const healsNow = ({ core }: Stage, name: string): boolean => core === undefined || core.includes(name)
