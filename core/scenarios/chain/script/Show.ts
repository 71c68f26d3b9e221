import { decodeUtf8 } from "../../../bytes/index.ts"
import { showBlock } from "../../../chain/index.ts"
import type { Block, Command, Configuration, Member, Message, NodeId } from "../../../chain/index.ts"

/** `n1`. */
export const showNode = (id: NodeId): string => `n${id}`

/** `n1 n2`. */
export const showNodes = (ids: ReadonlyArray<NodeId>): string => ids.map(showNode).join(" ")

/** A command as it was written in the script. */
export const showCommand = ({ payload, sequence, session }: Command): string =>
  session > 0 ? `s${session}.${sequence}:${decodeUtf8(payload)}` : sequence > 0 ? "open" : decodeUtf8(payload)

/** `[a b]`. */
export const showCommands = (commands: ReadonlyArray<Command>): string => `[${commands.map(showCommand).join(" ")}]`

/** A member, with what is special about it: `n4:learner^2'?`, where `'?` is an incarnation that nobody knows yet. */
const showMember = ({ id, incarnation, priority, role }: Member): string =>
  [
    showNode(id),
    role === "Voter" ? "" : `:${role.toLowerCase()}`,
    priority === 0 ? "" : `^${priority}`,
    incarnation === 1 ? "" : incarnation === 0 ? "'?" : `'${incarnation}`
  ].join("")

const showMembers = (members: ReadonlyArray<Member>): string => members.map(showMember).join(" ")

/** `n1 n2 n4`, and while a change is under way `n1 n2 n3 => n1 n2 n4`. */
export const showConfiguration = ({ members, outgoing }: Configuration): string =>
  outgoing === undefined ? showMembers(members) : `${showMembers(outgoing)} => ${showMembers(members)}`

const showBody = ({ body }: Block): string => {
  switch (body._tag) {
    case "Opening":
      return "opening"
    case "Commands":
      return showCommands(body.commands)
    case "Configuration":
      return `{${showConfiguration(body.configuration)}}`
    case "Withheld":
      return `(${body.count} withheld)`
  }
}

/** `t1.2 [a b]`. */
export const showContent = (block: Block): string => `${showBlock(block.id)} ${showBody(block)}`

/** Long paths are shown by their ends. */
export const showPath = (blocks: ReadonlyArray<Block>): string =>
  blocks.length <= 4
    ? blocks.map(showContent).join(", ")
    : `${showContent(blocks[0] as Block)} .. ${showContent(blocks.at(-1) as Block)} (${blocks.length} blocks)`

/** A message on one line; the numbers of rounds are left out. */
export const showMessage = (message: Message): string => {
  switch (message._tag) {
    case "PreVote":
      return `PreVote t${message.term}, head ${showBlock(message.head)}`
    case "PreVoteReply":
    case "VoteReply":
      return `${message._tag} t${message.term} ${message.granted ? "yes" : "no"}`
    case "Vote":
      return `Vote t${message.term}, head ${showBlock(message.head)}${message.transfer ? ", by transfer" : ""}`
    case "Append": {
      const blocks = message.blocks.length === 0 ? "" : `: ${showPath(message.blocks)}`
      return `Append t${message.term} after ${showBlock(message.parent)}${blocks}; commit ${showBlock(message.commit)}`
    }
    case "AppendReply":
      return message.verified === undefined
        ? `AppendReply t${message.term} unknown, commit ${showBlock(message.commit)}`
        : `AppendReply t${message.term} has ${showBlock(message.verified)}`
    case "Snapshot": {
      const { bytes, offset, size, snapshot, term } = message
      return `Snapshot t${term} at ${showBlock(snapshot.block)}, bytes ${offset}-${offset + bytes.length} of ${size}`
    }
    case "SnapshotReply":
      return `SnapshotReply t${message.term} at ${showBlock(message.block)}, ${message.installed ? "in place" : `wants ${message.offset}`}`
    case "TimeoutNow":
      return `TimeoutNow t${message.term}`
    case "Forward":
      return `Forward t${message.term} ${showCommands(message.commands)}`
    case "Forwarded": {
      const { placed } = message
      const where = typeof placed === "string" ? placed : `in ${showBlock(placed.block)} at ${placed.index}`
      return `Forwarded t${message.term} ${where}`
    }
    case "ReadIndex":
      return `ReadIndex t${message.term}`
    case "ReadIndexReply":
      return `ReadIndexReply t${message.term} ${message.block === undefined ? "no leader" : showBlock(message.block)}`
    case "Estranged":
      return `Estranged t${message.term}`
  }
}
