import type {
  ChainInput,
  ChainSettings,
  ChainState,
  Configuration,
  Member,
  Message,
  NodeId
} from "../../chain/index.ts"
import type { MessageCodec, Node, Simulation } from "../../simulation/index.ts"
import type { ChainModule } from "./ChainModule.ts"
import type { Echoes } from "./Echoes.ts"
import type { History } from "./History.ts"
import type { Kept, NodeDisk } from "./NodeDisk.ts"
import type { Operations } from "./Operations.ts"
import type { RequestNumbers } from "./RequestNumbers.ts"

/** Settings that the scenario makes saner when faults have ended. */
export type LooseSettings = { -readonly [Name in keyof ChainSettings]: ChainSettings[Name] }

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

/** A message on its way, with who its sender said that it is. */
export interface Envelope {
  readonly _tag: Message["_tag"]
  readonly incarnation: number
  readonly message: Message
}

/** Whether a node takes requests. */
export const isUp = ({ node, trouble }: Place): boolean => trouble === undefined && node?.alive() === true

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

/** A member that nobody has heard of yet. */
export const newMember = (id: NodeId, role: Member["role"], priority: number): Member => ({
  id,
  role,
  priority,
  incarnation: 0
})
