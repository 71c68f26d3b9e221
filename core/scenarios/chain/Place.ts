import type { ChainInput, ChainSettings, ChainState, Configuration, Member, NodeId } from "../../chain/index.ts"
import type { Node } from "../../simulation/index.ts"
import type { Kept, NodeDisk } from "./NodeDisk.ts"
import type { RequestNumbers } from "./RequestNumbers.ts"

/** Settings that the scenario makes saner when faults have ended. */
export type LooseSettings = { -readonly [Name in keyof ChainSettings]: ChainSettings[Name] }

/**
 * A node of the cluster with all that outlives its crashes.
 *
 * **Details**
 *
 * `initial` is what genesis stands for on this node. `trouble` says why it has stopped, or does not start. A node is
 * `lost` when its disk has forgotten something: it must never be counted again under its id.
 */
export interface Place {
  readonly id: NodeId
  readonly name: string
  readonly disk: NodeDisk
  readonly settings: LooseSettings
  readonly initial: Configuration
  incarnation: number
  trouble: string | undefined
  lost: boolean
  /** Whether it has ever been told of blocks without their commands: it cannot come back as another one with the data. */
  wasWitness: boolean
  /** Whom it heard leading, where that binds it also after a restart. */
  heard: { readonly from: NodeId; readonly term: number; readonly at: number } | undefined
  /** Those of its requests to other nodes. */
  readonly numbers: RequestNumbers
  /** What was on the disk before it was wiped. */
  former: Kept | undefined
  node: Node<ChainState, ChainInput> | undefined
}

/** A node's name among the simulation's. */
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
