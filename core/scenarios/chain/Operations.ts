import type {
  Block,
  Command,
  CommandOutcome,
  Configuration,
  Member,
  NodeId,
  RefusedReason,
  Waiting
} from "../../chain/index.ts"
import { showBlock } from "../../chain/index.ts"
import { Witness } from "../../simulation/index.ts"
import type { Simulation } from "../../simulation/index.ts"
import { numberOf } from "./Commands.ts"

/** A client with a session, which asks again until it is answered. */
export interface Client {
  session: number
  sequence: number
  /** What it asks for: a session, a command, or nothing. */
  asks: Command | undefined
  /** The last command of its that was answered. */
  before: Command | undefined
  /** Whether it waits for an answer to this. */
  waiting: boolean
}

/** A request of a client to a node. */
export interface Operation {
  readonly id: number
  readonly node: NodeId
  readonly kind: "Propose" | "Read" | "Change" | "Transfer"
  readonly commands: ReadonlyArray<Command>
  readonly deadline: number
  /** The members that are asked for. */
  readonly members: ReadonlyArray<Member> | undefined
  /** Whether its node did not lead when it was asked. */
  readonly forwarded: boolean
  readonly client: Client | undefined
  /** Whether the joint configuration that it asked for is in the chain of its leader. */
  joint: boolean
  readonly ended: ((how: "done" | "refused" | "unknown") => void) | undefined
}

const noMembers: ReadonlyArray<Member> = []

/** What is known of a command. */
const fates = { open: 0, done: 1, refused: 2, unknown: 3 } as const

/**
 * What clients asked for and were told: every answer is true, and agrees with real time.
 *
 * **Details**
 *
 * Commands are numbered from 1 on. Those of a session keep their number when they are proposed again.
 */
export class Operations {
  readonly open = new Map<number, Operation>()
  readonly clients: ReadonlyArray<Client>
  private readonly simulation: Simulation
  private readonly witness = new Witness()
  private readonly fate: Array<number> = [0]
  /** Where a command was applied; -1 where it was not. */
  private readonly position: Array<number> = [-1]
  private readonly retried: Array<boolean> = [false]
  private readonly begun: Array<boolean> = [false]
  private operations = 0

  constructor(simulation: Simulation) {
    this.simulation = simulation
    this.clients = Array.from({ length: 3 }, () => ({
      session: 0,
      sequence: 0,
      asks: undefined,
      before: undefined,
      waiting: false
    }))
  }

  /** The number of a new command. */
  number(retried: boolean): number {
    const number = this.fate.length
    this.fate.push(fates.open)
    this.position.push(-1)
    this.retried.push(retried)
    return number
  }

  begin({
    client,
    commands,
    deadline,
    ended,
    forwarded,
    kind,
    members,
    node
  }: Omit<Operation, "id" | "joint">): Operation {
    const begun = {
      id: ++this.operations,
      node,
      kind,
      commands,
      deadline,
      members,
      forwarded,
      client,
      joint: false,
      ended
    }
    this.open.set(begun.id, begun)
    if (kind === "Read") this.witness.invoked(-begun.id)
    for (const command of commands) {
      const number = numberOf(command)
      if (number === 0) continue
      if (this.begun[number] !== true) this.witness.invoked(number)
      this.begun[number] = true
    }
    return begun
  }

  /** A leader appends a joint configuration: its change can be refused no more. Those asked for behind it can. */
  joins(node: NodeId): void {
    for (const operation of this.open.values()) {
      if (operation.node !== node || operation.kind !== "Change") continue
      operation.joint = true
      return
    }
  }

  /** A block is committed for the first time: nothing in it was refused, and nothing is there twice. */
  committed(block: Block): void {
    const { body } = block
    if (body._tag !== "Commands") return
    for (let at = 0; at < body.commands.length; at++) {
      const command = body.commands[at] as Command
      const number = numberOf(command)
      if (number === 0 || this.retried[number] === true) continue
      if (this.fate[number] === fates.refused) {
        this.simulation.fail(
          "S11 refused is never done",
          `Command ${number} was refused, and is committed in ${showBlock(block.id)}.`
        )
      }
      if ((this.position[number] ?? -1) >= 0) {
        this.simulation.fail(
          "S11 proposed once, committed once",
          `Command ${number} is committed a second time, in ${showBlock(block.id)}.`
        )
      }
      this.position[number] = block.position + at
      this.settles(number)
    }
  }

  /** The application of some node gets a command. */
  applies(number: number, position: number): void {
    const known = this.position[number]
    if (known === position) return
    if (known === undefined || this.retried[number] !== true) {
      this.simulation.fail(
        "S11 only what was proposed",
        `Command ${number} is applied at ${position}, and was not proposed there.`
      )
    }
    if (known >= 0) {
      this.simulation.fail(
        "S11 applied once",
        `Command ${number} is applied at ${position}, and was applied at ${known} before.`
      )
    }
    this.position[number] = position
    this.settles(number)
  }

  /** What nobody was told of and has happened after all. */
  private settles(number: number): void {
    if (this.fate[number] !== fates.unknown || this.retried[number] === true) return
    this.witness.found(number, this.position[number] as number, "write")
    this.agrees()
  }

  /** A proposal is answered with what became of its commands. */
  answered(node: NodeId, { count, id, index }: Waiting, block: Block, outcomes: ReadonlyArray<CommandOutcome>): void {
    const operation = this.end(node, id, "Propose")
    const { body } = block
    const commands = body._tag === "Commands" ? body.commands : []
    for (let at = 0; at < count; at++) {
      const asked = operation.commands[at]
      const command = commands[index + at]
      const outcome = outcomes[index + at]
      if (
        asked === undefined ||
        command === undefined ||
        outcome === undefined ||
        numberOf(asked) !== numberOf(command)
      ) {
        this.simulation.fail(
          "S11 acknowledged is done",
          `Proposal ${id} is answered from ${showBlock(block.id)}, where it is not.`
        )
      }
      this.tell(operation, asked, outcome)
    }
    if (count !== operation.commands.length) {
      this.simulation.fail("S11 acknowledged is done", `Proposal ${id} is answered for ${count} of its commands.`)
    }
    operation.ended?.("done")
  }

  private tell(operation: Operation, command: Command, outcome: CommandOutcome): void {
    const number = numberOf(command)
    const { client } = operation
    const { simulation } = this
    if (outcome._tag === "Applied") {
      if (numberOf({ payload: outcome.answer }) !== number) {
        simulation.fail(
          "S11 the right answer",
          `Command ${number} gets the answer of command ${numberOf({ payload: outcome.answer })}.`
        )
      }
      // The same again, for nobody who waits for it.
      if (client === undefined && this.retried[number] === true) return
      this.fate[number] = fates.done
      this.witness.ended(number, this.position[number] as number, "write")
      this.agrees()
    }
    if (client === undefined) return
    client.waiting = false
    switch (outcome._tag) {
      case "Opened":
        client.session = outcome.session
        client.sequence = 0
        client.asks = undefined
        break
      case "Applied":
        client.before = command
        client.asks = undefined
        break
      case "SessionExpired":
        simulation.mark("session forgotten")
        client.session = 0
        client.asks = undefined
        if ((this.position[number] as number) < 0) this.witness.dropped(number)
        else this.witness.found(number, this.position[number] as number, "write")
        this.agrees()
        break
      default:
        simulation.fail("S11 sessions", `The session ${client.session} answers ${outcome._tag} to its newest command.`)
    }
  }

  /** A read is answered from the state after `applied` commands. */
  seen(node: NodeId, id: number, applied: number): void {
    const { ended } = this.end(node, id, "Read")
    this.witness.ended(-id, applied - 1, "read")
    this.agrees()
    ended?.("done")
  }

  /** A change or a transfer is done; for a change, these members are in force, by what is committed at the node. */
  changed(node: NodeId, id: number, { members, outgoing }: Configuration): void {
    const { ended, kind, members: wanted = noMembers } = this.end(node, id, undefined)
    const inForce =
      wanted.length === members.length && wanted.every((one) => members.some(({ id: other }) => other === one.id))
    if (kind === "Change" && (outgoing !== undefined || !inForce)) {
      this.simulation.fail(
        "S10 a change that is done is committed",
        `Node ${node} says that change ${id} is done, and other members are in force.`
      )
    }
    this.simulation.mark(kind === "Transfer" ? "leadership handed over" : "members changed")
    ended?.("done")
  }

  refused(node: NodeId, id: number, reason: RefusedReason): void {
    const operation = this.end(node, id, undefined)
    for (const command of operation.commands) this.notDone(command, fates.refused)
    if (operation.joint) {
      this.simulation.fail("S11 refused is never done", `Node ${node} refuses change ${id}, which is under way.`)
    }
    if (reason === "Superseded") this.simulation.mark(operation.forwarded ? "forwarded and superseded" : "superseded")
    if (reason === "Overloaded") this.simulation.mark("overloaded")
    if (operation.kind === "Read") this.witness.dropped(-id)
    if (operation.client !== undefined) operation.client.waiting = false
    operation.ended?.("refused")
  }

  /** Nobody knows what becomes of it: its node says so, or is gone. */
  unknown(node: NodeId, id: number): void {
    const operation = this.end(node, id, undefined)
    for (const command of operation.commands) this.notDone(command, fates.unknown)
    if (operation.kind === "Read") this.witness.dropped(-id)
    if (operation.client !== undefined) operation.client.waiting = false
    operation.ended?.("unknown")
  }

  /** All that a node was asked for is lost with it. */
  lost(node: NodeId): void {
    for (const operation of [...this.open.values()]) if (operation.node === node) this.unknown(node, operation.id)
  }

  private notDone(command: Command, fate: number): void {
    const number = numberOf(command)
    if (number === 0 || this.retried[number] === true) return
    const at = this.position[number] as number
    if (fate === fates.refused) {
      if (at >= 0)
        this.simulation.fail("S11 refused is never done", `Command ${number} is refused, and committed at ${at}.`)
      this.witness.dropped(number)
    }
    this.fate[number] = fate
    if (at >= 0) this.settles(number)
  }

  private end(node: NodeId, id: number, kind: Operation["kind"] | undefined): Operation {
    const operation = this.open.get(id)
    if (operation === undefined || operation.node !== node || (kind !== undefined && kind !== operation.kind)) {
      this.simulation.fail(
        "S11 answered once",
        `Node ${node} answers request ${id}, which it was not asked or has answered.`
      )
    }
    this.open.delete(id)
    return operation
  }

  private agrees(): void {
    const violation = this.witness.violation()
    if (violation !== undefined) this.simulation.fail("S12 linearizable", violation.message)
  }
}
