import { showBlock } from "../../chain/index.ts"
import type {
  Block,
  ChainInput,
  ChainOutput,
  ChainState,
  Command,
  Configuration,
  Member,
  Message
} from "../../chain/index.ts"
import { numberOf } from "./Commands.ts"
import type { Envelope } from "./Envelope.ts"

/** `#17` for a command, `s3.2#17` for one of a session. */
const labelCommand = (command: Command): string =>
  command.session > 0 ? `s${command.session}.${command.sequence}#${numberOf(command)}` : `#${numberOf(command)}`

const labelCommands = (commands: ReadonlyArray<Command>): string =>
  commands.length > 4
    ? `${labelCommand(commands[0] as Command)}..${labelCommand(commands.at(-1) as Command)}`
    : commands.map(labelCommand).join(" ")

const labelMembers = (members: ReadonlyArray<Member>): string =>
  members
    .map(({ id, incarnation, role }) => `${id}${role === "Voter" ? "" : role[0]}${incarnation === 0 ? "?" : ""}`)
    .join(" ")

const labelConfiguration = ({ members, outgoing }: Configuration): string =>
  outgoing === undefined ? `{${labelMembers(members)}}` : `{${labelMembers(outgoing)} => ${labelMembers(members)}}`

const labelBlock = ({ body, id }: Block): string => {
  switch (body._tag) {
    case "Opening":
      return `${showBlock(id)} opening`
    case "Commands":
      return `${showBlock(id)} ${labelCommands(body.commands)}`
    case "Configuration":
      return `${showBlock(id)} ${labelConfiguration(body.configuration)}`
    case "Withheld":
      return `${showBlock(id)} withheld`
  }
}

const labelBlocks = (blocks: ReadonlyArray<Block>): string =>
  blocks.length > 3
    ? `${labelBlock(blocks[0] as Block)} .. ${labelBlock(blocks.at(-1) as Block)}`
    : blocks.map(labelBlock).join(", ")

const labelMessage = (message: Message): string => {
  const { term } = message
  switch (message._tag) {
    case "PreVote":
    case "Vote":
      return `t${term} head ${showBlock(message.head)}`
    case "PreVoteReply":
    case "VoteReply":
      return `t${term} ${message.granted ? "yes" : "no"}`
    case "Append":
      return `t${term} after ${showBlock(message.parent)} [${labelBlocks(message.blocks)}] commit ${showBlock(message.commit)}`
    case "AppendReply":
      return `t${term} ${message.verified === undefined ? `unknown, commit ${showBlock(message.commit)}` : showBlock(message.verified)}`
    case "Snapshot":
      return `t${term} ${showBlock(message.snapshot.block)} bytes ${message.offset}+${message.bytes.length} of ${message.size}`
    case "SnapshotReply":
      return `t${term} ${showBlock(message.block)} ${message.installed ? "installed" : `wants ${message.offset}`}`
    case "Forward":
      return `t${term} ${labelCommands(message.commands)}`
    case "Forwarded":
      return `t${term} ${typeof message.placed === "string" ? message.placed : `${showBlock(message.placed.block)}+${message.placed.index}`}`
    case "ReadIndexReply":
      return `t${term} ${message.block === undefined ? "no leader" : showBlock(message.block)}`
    default:
      return `t${term}`
  }
}

/** An input, an output or a message on one line. */
export const label = (one: ChainInput | ChainOutput | Envelope): string => {
  if ("message" in one)
    return `${one._tag === "Received" || one._tag === "Send" ? one.message._tag : one._tag} ${labelMessage(one.message)}`
  switch (one._tag) {
    case "Tick":
      return `Tick ${one.now}`
    case "Persist":
      return `Persist ${one.write}: t${one.term} vote ${one.vote} commit ${showBlock(one.commit)} [${labelBlocks(one.blocks)}]`
    case "Persisted":
    case "PersistFailed":
      return `${one._tag} ${one.write}`
    case "Propose":
      return `Propose ${one.id}: ${labelCommands(one.commands)}`
    case "Committed":
      return `Committed ${labelBlock(one.block)}`
    case "Refused":
      return `Refused ${one.id} ${one.reason}`
    case "ChangeMembers":
      return `ChangeMembers {${labelMembers(one.members)}}`
    case "Transfer":
      return `Transfer to ${one.to}`
    case "Status":
      return `Status ${one.role} t${one.term} leader ${one.leader} ${labelConfiguration(one.configuration)}`
    case "Stopped":
      return `Stopped: ${one.detail}`
    default:
      return "snapshot" in one ? `${one._tag} ${showBlock(one.snapshot.block)}` : one._tag
  }
}

/** A node in a few words. */
export const status = ({ campaign, commit, lead, term, tree }: ChainState): string => {
  const role = lead !== undefined ? "LEADS" : campaign !== undefined ? campaign.phase : "follows"
  return `t${term} ${role} head ${showBlock(tree.head.block.id)} commit ${showBlock(commit.block.id)}`
}
