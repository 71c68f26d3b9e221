import * as Data from "effect/Data"
import type { Result } from "effect/Result"
import { decodeWith, Reader, Writer } from "../bytes/index.ts"
import type { DecodeError } from "../bytes/index.ts"
import type { Application } from "./Application.ts"
import { showBlock } from "./Block.ts"
import type { Block, Command } from "./Block.ts"
import { invalid, readNatural, readSized, readVersion, writeNatural, writeSized } from "./codec/Fields.ts"

/**
 * What became of a committed command.
 *
 * - `Applied`: now, or when the same command of the session was committed first; `answer` is the application's
 * - `Opened`: a session of this number is there for its proposer
 * - `Stale`: the session has had later commands; this one was applied, and its answer is forgotten
 * - `OutOfOrder`: it had no effect, because the session's command before it is missing
 * - `SessionExpired`: it had no effect, because the session is forgotten, or never was
 */
export type CommandOutcome =
  | { readonly _tag: "Applied"; readonly answer: Uint8Array }
  | { readonly _tag: "Opened"; readonly session: number }
  | { readonly _tag: "Stale" }
  | { readonly _tag: "OutOfOrder" }
  | { readonly _tag: "SessionExpired" }

/**
 * A block that must not be applied here; the node has to stop.
 *
 * - `OutOfTurn`: its first command is not the next one
 * - `Withheld`: its commands are not there, as on a witness, which has no application
 */
export class MisplacedBlock extends Data.TaggedError("MisplacedBlock")<{
  readonly reason: "OutOfTurn" | "Withheld"
  readonly block: Block
  readonly expected: number
}> {
  override get message(): string {
    const { block, expected, reason } = this
    const why =
      reason === "Withheld"
        ? "its commands were withheld"
        : `it begins at command ${block.position} where command ${expected} comes next`
    return `The block ${showBlock(block.id)} cannot be applied, because ${why}: stop the node and let it join anew.`
  }
}

/** What is remembered of a session: its last command, and what that was answered. */
interface Session {
  readonly sequence: number
  readonly answer: Uint8Array
}

/**
 * An application with its sessions, so that a command that is proposed again is applied once (Raft thesis 6.3).
 *
 * **Details**
 *
 * `position` is the number of commands that were applied. There are at most `maxSessions` sessions; the one whose last
 * command lies furthest back in the chain makes room for a new one. Time plays no part, so that every node forgets the
 * same session at the same command.
 *
 * **Gotchas**
 *
 * Only {@link applyBlock} changes it. After it has thrown it must not be used any more.
 */
export interface Sessions<State> {
  readonly application: Application<State>
  readonly maxSessions: number
  state: State
  position: number
  /** In the order of their last commands. */
  readonly table: Map<number, Session>
}

const version = 1
const noAnswer = new Uint8Array(0)
const stale: CommandOutcome = { _tag: "Stale" }
const outOfOrder: CommandOutcome = { _tag: "OutOfOrder" }
const expired: CommandOutcome = { _tag: "SessionExpired" }

/**
 * The command that opens a session, as `Opened` says.
 *
 * **Gotchas**
 *
 * Proposed twice it opens two sessions, of which the one that nobody uses is forgotten in time.
 */
export const openSession: Command = { session: 0, sequence: 1, payload: new Uint8Array(0) }

/** A command without a session: proposed twice it is applied twice. */
export const plainCommand = (payload: Uint8Array): Command => ({ session: 0, sequence: 0, payload })

/**
 * An application before its first command.
 *
 * **Gotchas**
 *
 * `maxSessions` (10,000) has to be the same on every node of the cluster, and stay it.
 */
export const makeSessions = <State>(application: Application<State>, maxSessions = 10_000): Sessions<State> => ({
  application,
  maxSessions,
  state: application.initial,
  position: 0,
  table: new Map()
})

/** Lets the application have the command whose turn it is. */
const apply = <State>(sessions: Sessions<State>, payload: Uint8Array): Uint8Array => {
  const [state, answer] = sessions.application.apply(sessions.state, payload, sessions.position)
  sessions.state = state
  return answer
}

/** Opens the session of this command's place in the chain, which no other has. */
const open = <State>({ maxSessions, position, table }: Sessions<State>): CommandOutcome => {
  const session = position + 1
  if (table.size >= maxSessions) {
    for (const oldest of table.keys()) {
      table.delete(oldest)
      break
    }
  }
  table.set(session, { sequence: 0, answer: noAnswer })
  return { _tag: "Opened", session }
}

/** Applies a session's command unless it was; asked for again, the session moves to the end of the table too. */
const applyOnce = <State>(sessions: Sessions<State>, { payload, sequence, session }: Command): CommandOutcome => {
  const { table } = sessions
  const known = table.get(session)
  if (known === undefined) return expired
  table.delete(session)
  table.set(session, known)
  if (sequence > known.sequence + 1) return outOfOrder
  if (sequence < known.sequence || sequence < 1) return stale
  if (sequence === known.sequence) return { _tag: "Applied", answer: known.answer }
  const answer = apply(sessions, payload)
  table.set(session, { sequence, answer })
  return { _tag: "Applied", answer }
}

const outcomeOf = <State>(sessions: Sessions<State>, command: Command): CommandOutcome => {
  if (command.session > 0) return applyOnce(sessions, command)
  if (command.sequence > 0) return open(sessions)
  return { _tag: "Applied", answer: apply(sessions, command.payload) }
}

/**
 * Applies the next committed block, and says what became of each of its commands, in order.
 *
 * **Gotchas**
 *
 * Throws what the application throws, and {@link MisplacedBlock}: both are the end of the node.
 */
export const applyBlock = <State>(sessions: Sessions<State>, block: Block): ReadonlyArray<CommandOutcome> => {
  const { body, position } = block
  const expected = sessions.position
  if (position !== expected) throw new MisplacedBlock({ reason: "OutOfTurn", block, expected })
  if (body._tag === "Withheld") throw new MisplacedBlock({ reason: "Withheld", block, expected })
  if (body._tag !== "Commands") return []
  return body.commands.map((command) => {
    const outcome = outcomeOf(sessions, command)
    sessions.position++
    return outcome
  })
}

/**
 * A snapshot: the application's state and the sessions, as they are now.
 *
 * **Details**
 *
 * ```text
 * snapshot => version position maxSessions count [session sequence length answer] length state
 * version => int8; count and length => unsigned varint; the others => varlong; the oldest session first
 * ```
 */
export const encodeSnapshot = <State>(sessions: Sessions<State>): Uint8Array => {
  const state = sessions.application.encode(sessions.state)
  let room = 64 + state.length
  for (const { answer } of sessions.table.values()) room += 16 + answer.length
  const out = new Writer(room)
  out.int8(version)
  writeNatural(out, sessions.position)
  writeNatural(out, sessions.maxSessions)
  out.unsignedVarint(sessions.table.size)
  for (const [session, { answer, sequence }] of sessions.table) {
    writeNatural(out, session)
    writeNatural(out, sequence)
    writeSized(out, answer)
  }
  writeSized(out, state)
  return out.finish()
}

const readTable = <State>(reader: Reader, { maxSessions, position, table }: Sessions<State>): void => {
  const at = reader.position
  const count = reader.count(reader.unsignedVarint(), 3)
  if (count > maxSessions) throw invalid(at, "snapshot.sessions", `${count} are more than ${maxSessions}`)
  for (let left = count; left > 0; left--) {
    const start = reader.position
    const session = readNatural(reader, "session.id")
    if (session < 1 || session > position || table.has(session)) {
      throw invalid(start, "session.id", `${session} is not one command's in front of command ${position}`)
    }
    table.set(session, { sequence: readNatural(reader, "session.sequence"), answer: readSized(reader).slice() })
  }
}

/**
 * The application and its sessions as they were at a snapshot.
 *
 * **Details**
 *
 * A snapshot of a cluster with another `maxSessions` is `InvalidValue`: this node would forget other sessions than the
 * others.
 */
export const decodeSnapshot = <State>(
  application: Application<State>,
  bytes: Uint8Array,
  maxSessions = 10_000
): Result<Sessions<State>, DecodeError> =>
  decodeWith(() => {
    const reader = new Reader(bytes)
    readVersion(reader, version, "snapshot")
    const sessions = makeSessions(application, maxSessions)
    sessions.position = readNatural(reader, "snapshot.position")
    const at = reader.position
    const limit = readNatural(reader, "snapshot.maxSessions")
    if (limit !== maxSessions) {
      throw invalid(at, "snapshot.maxSessions", `the cluster has ${limit} and this node ${maxSessions}`)
    }
    readTable(reader, sessions)
    sessions.state = application.decode(readSized(reader))
    reader.end()
    return sessions
  })
