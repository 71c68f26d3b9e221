import type { Configuration } from "./Configuration.ts"

/**
 * The name of a block, the same on every node.
 *
 * **Details**
 *
 * `counter` is how many blocks lie between genesis and this one, itself included. A term has one leader, and a leader
 * only extends its own head, so that no two blocks share a name. Names are ordered by term, then by counter.
 */
export interface BlockId {
  readonly term: number
  readonly counter: number
}

/**
 * One command of the application, as opaque bytes.
 *
 * **Details**
 *
 * A command with a `session` above 0 is applied once, however often it is proposed: `sequence` numbers the commands of
 * the session from 1 on.
 */
export interface Command {
  readonly session: number
  readonly sequence: number
  readonly payload: Uint8Array
}

/**
 * What a block says.
 *
 * - `Opening`: nothing; with it a leader opens its term, and commits what it inherited
 * - `Commands`: commands of the application, in order
 * - `Configuration`: who belongs to the cluster from this block on
 * - `Withheld`: commands that a witness does not keep; `count` of them
 */
export type Body =
  | { readonly _tag: "Opening" }
  | { readonly _tag: "Commands"; readonly commands: ReadonlyArray<Command> }
  | { readonly _tag: "Configuration"; readonly configuration: Configuration }
  | { readonly _tag: "Withheld"; readonly count: number }

/**
 * An immutable piece of the chain.
 *
 * **Details**
 *
 * `position` is the number of commands in front of the block on its path from genesis: its first command has this
 * position. `bytes` is the size of its commands' payloads.
 */
export interface Block {
  readonly id: BlockId
  readonly parent: BlockId
  readonly position: number
  readonly bytes: number
  readonly body: Body
}

/** The block that every block extends. */
export const genesis: BlockId = { term: 0, counter: 0 }

/** Whether two names are the same block's. */
export const sameBlock = (a: BlockId, b: BlockId): boolean => a.counter === b.counter && a.term === b.term

/** Whether `a` is named after `b`: of a later term, or of the same and further from genesis. */
export const isAfter = (a: BlockId, b: BlockId): boolean =>
  a.term > b.term || (a.term === b.term && a.counter > b.counter)

/** How many commands a block has. */
export const commandsIn = ({ body }: Block): number =>
  body._tag === "Commands" ? body.commands.length : body._tag === "Withheld" ? body.count : 0

/** Bytes of memory that a command takes beside its payload, and a block beside its commands, about. */
const overhead = 256

/** Bytes of memory that commands take, about, with `bytes` of payload: what bounds them also where they are small. */
export const heldByCommands = (bytes: number, count: number): number => bytes + overhead * count

/** Bytes of memory that a block takes, about. */
export const heldByBlock = (block: Block): number => overhead + heldByCommands(block.bytes, commandsIn(block))

/** A block's name as people read it: `t3.17`. */
export const showBlock = ({ counter, term }: BlockId): string => (counter === 0 ? "genesis" : `t${term}.${counter}`)
