import type * as Chain from "../../../chain/index.ts"
import { chainDefaults, genesis, makeSessions } from "../../../chain/index.ts"
import type {
  BlockId,
  ChainOutput,
  ChainSettings,
  ChainState,
  Configuration,
  Durable,
  Member,
  Message,
  NodeId,
  Sessions
} from "../../../chain/index.ts"
import type { Happening } from "./Happenings.ts"
import { ScriptError } from "./ScriptError.ts"
import { texts } from "./Texts.ts"

/** The machine that a script is run with: the face of `core/chain`, or of a copy with a bug planted in it. */
export type ScriptMachine = Pick<
  typeof Chain,
  "applyBlock" | "chain" | "decodeSnapshot" | "encodeSnapshot" | "makeSessions" | "start" | "status"
>

/** What a node asked its driver for, in the order in which it was asked. */
export type DiskWork = Extract<
  ChainOutput,
  { readonly _tag: "Persist" | "TakeSnapshot" | "ReadSnapshot" | "WriteSnapshot" | "InstallSnapshot" }
>

/** What is on a disk. */
export interface Disk {
  durable: Durable
  snapshot: Uint8Array
  aside: Uint8Array
}

/** The state of the application as it was when a snapshot was asked for. */
export interface Frozen {
  readonly request: number
  readonly bytes: Uint8Array
}

/**
 * A node of the script.
 *
 * **Details**
 *
 * `clock` is its own, and `told` what its machine knows of it. `state` is absent while the node is down. `work` waits for
 * the disk. `role` and `members` are what it last said of itself, and
 * `decidesBy` the members that it went by before its present step. `asked` are the ballot and marker of the last write, so that only news of it is shown. `names` are those of
 * the requests by their
 * numbers, `proposed` what the texts of proposals are.
 */
export interface ScriptNode {
  readonly id: NodeId
  readonly settings: { -readonly [Name in keyof ChainSettings]: ChainSettings[Name] }
  readonly disk: Disk
  lives: number
  clock: number
  told: number
  state: ChainState | undefined
  stopped: boolean
  role: string
  members: string
  decidesBy: Configuration
  sessions: Sessions<ReadonlyArray<string>>
  applied: BlockId
  work: Array<DiskWork>
  frozen: Array<Frozen>
  asked: { term: number; vote: NodeId; commit: BlockId }
  readonly names: Map<number, string>
  readonly proposed: Map<number, ReadonlyArray<string>>
}

/** A message on its way. */
export interface Flight {
  readonly from: NodeId
  readonly to: NodeId
  readonly incarnation: number
  readonly message: Message
}

/** Messages of a link, and of one kind where it is named; 0 stands for any node. */
export interface Selector {
  readonly from: NodeId
  readonly to: NodeId
  readonly kind: string | undefined
}

/** A cluster under the hand of a script; `cuts` are links that lose everything, `holds` what stays on its way; `snapshots` are what those said that were taken. */
export interface World {
  readonly machine: ScriptMachine
  readonly nodes: Map<NodeId, ScriptNode>
  readonly history: History
  readonly snapshots: Map<string, Uint8Array>
  flights: Array<Flight>
  cuts: Array<Selector>
  holds: Array<Selector>
  command: string
  requests: number
  happenings: Array<Happening>
}

/** What all nodes together must never contradict: see `Promises.ts`. */
export interface History {
  readonly leaders: Map<number, NodeId>
  readonly committed: Map<number, string>
  readonly refused: Set<string>
  readonly reads: Map<string, BlockId>
  greatest: BlockId
}

/** A world without nodes. */
export const makeWorld = (machine: ScriptMachine): World => ({
  machine,
  nodes: new Map(),
  history: { leaders: new Map(), committed: new Map(), refused: new Set(), reads: new Map(), greatest: genesis },
  snapshots: new Map(),
  flights: [],
  cuts: [],
  holds: [],
  command: "",
  requests: 0,
  happenings: []
})

/** A node with an empty disk, which is not started yet. */
export const makeNode = (
  id: NodeId,
  initial: Configuration,
  settings: Partial<ChainSettings>,
  incarnation: number
): ScriptNode => ({
  id,
  settings: { ...chainDefaults, ...settings, id },
  disk: { durable: emptyDisk(initial, incarnation), snapshot: new Uint8Array(0), aside: new Uint8Array(0) },
  lives: 0,
  clock: 0,
  told: -1,
  state: undefined,
  stopped: false,
  role: "",
  members: "",
  decidesBy: initial,
  sessions: makeSessions(texts),
  applied: genesis,
  work: [],
  frozen: [],
  asked: { term: 0, vote: 0, commit: genesis },
  names: new Map(),
  proposed: new Map()
})

/** What a new disk holds. */
export const emptyDisk = (initial: Configuration, incarnation: number): Durable => ({
  incarnation,
  initial,
  term: 0,
  vote: 0,
  commit: genesis,
  blocks: []
})

/** A member as scripts have it at first: known by its first incarnation. */
export const makeMember = (id: NodeId, role: Member["role"], priority: number, incarnation: number): Member => ({
  id,
  role,
  priority,
  incarnation
})

/** The command in hand cannot be carried out. */
export const reject = (world: World, detail: string): never => {
  throw new ScriptError({ reason: "Syntax", command: world.command, detail })
}

/** The nodes in order of their ids. */
export const nodesOf = ({ nodes }: World): ReadonlyArray<ScriptNode> => [...nodes.values()].sort((a, b) => a.id - b.id)

/** Whether a message is one of those. */
export const selects = ({ from, kind, to }: Selector, flight: Flight): boolean =>
  (from === 0 || from === flight.from) &&
  (to === 0 || to === flight.to) &&
  (kind === undefined || kind === flight.message._tag)
