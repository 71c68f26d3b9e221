import type { ChainInput, ChainSettings, ChainState, Configuration, Member, NodeId } from "../../chain/index.ts"
import type { Node, Simulation } from "../../simulation/index.ts"
import type { ChainModule } from "./ChainModule.ts"
import type { History } from "./History.ts"
import type { NodeDisk } from "./NodeDisk.ts"
import type { Operations } from "./Operations.ts"

/** Settings that the scenario makes saner when faults have ended. */
export type LooseSettings = { -readonly [Name in keyof ChainSettings]: ChainSettings[Name] }

/** What all nodes of a run share. */
export interface World {
  readonly module: ChainModule
  readonly simulation: Simulation
  readonly history: History
  readonly operations: Operations
  readonly initial: Configuration
  readonly maxSessions: number
  readonly bytes: boolean
}

/** A node of the cluster with all that outlives its crashes. */
export interface Place {
  readonly id: NodeId
  readonly name: string
  readonly disk: NodeDisk
  readonly settings: LooseSettings
  /** What genesis stands for on this node. */
  readonly initial: Configuration
  incarnation: number
  /** Why it has stopped, or does not start; nothing while it is well. */
  trouble: string | undefined
  node: Node<ChainState, ChainInput> | undefined
}

/** A node's place among the simulation's. */
export const nameOf = (id: NodeId): string => `n${id}`

/** Whether a node takes requests. */
export const isUp = ({ node, trouble }: Place): boolean => trouble === undefined && node?.alive() === true

/** A member that nobody has heard of yet. */
export const newMember = (id: NodeId, role: Member["role"], priority: number): Member => ({
  id,
  role,
  priority,
  incarnation: 0
})
