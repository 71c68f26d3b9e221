import * as fc from "fast-check"
import { commandsIn, genesis } from "../../../../core/chain/Block.ts"
import type { Block, BlockId, Body, Command } from "../../../../core/chain/Block.ts"
import type { ChainRecord } from "../../../../core/chain/codec/RecordCodec.ts"
import type { Configuration, Member } from "../../../../core/chain/Configuration.ts"
import type { Message, Placement, RefusedReason, SnapshotName } from "../../../../core/chain/Message.ts"

/** Whole numbers of every length that a varlong has, to the largest. */
const natural = fc.oneof(fc.nat(200), fc.nat(), fc.maxSafeNat())

const bytes = fc.uint8Array({ maxLength: 40 })
const flag = fc.boolean()
const id: fc.Arbitrary<BlockId> = fc.record({ term: natural, counter: natural })

const members: fc.Arbitrary<ReadonlyArray<Member>> = fc
  .uniqueArray(
    fc.record({
      id: fc.integer({ min: 1, max: 1000 }),
      role: fc.constantFrom<Member["role"]>("Voter", "Witness", "Learner"),
      priority: fc.integer(),
      incarnation: natural
    }),
    { maxLength: 5, selector: (member) => member.id }
  )
  .map((all) => all.sort((a, b) => a.id - b.id))

export const someConfiguration: fc.Arbitrary<Configuration> = fc.oneof(
  fc.record({ members }),
  fc.record({ members, outgoing: members })
)

const commands: fc.Arbitrary<ReadonlyArray<Command>> = fc.array(
  fc.record({ session: natural, sequence: natural, payload: bytes }),
  { maxLength: 5 }
)

const body: fc.Arbitrary<Body> = fc.oneof(
  fc.constant<Body>({ _tag: "Opening" }),
  commands.map((list): Body => ({ _tag: "Commands", commands: list })),
  someConfiguration.map((configuration): Body => ({ _tag: "Configuration", configuration })),
  natural.map((count): Body => ({ _tag: "Withheld", count }))
)

const bytesOf = (of: Body, withheld: number): number =>
  of._tag === "Commands"
    ? of.commands.reduce((sum, { payload }) => sum + payload.length, 0)
    : of._tag === "Withheld"
      ? withheld
      : 0

/** The block with this body above another, as its leader makes it. */
export const above = (parent: BlockId, term: number, position: number, of: Body, withheld = 0): Block => ({
  id: { term, counter: parent.counter + 1 },
  parent,
  position,
  bytes: bytesOf(of, withheld),
  body: of
})

/** Up to four blocks, each above the one before it. */
export const somePath: fc.Arbitrary<ReadonlyArray<Block>> = fc
  .tuple(
    fc.nat(1e9),
    fc.nat(1e9),
    fc.array(fc.record({ body, later: fc.nat(3), withheld: fc.nat() }), { maxLength: 4 })
  )
  .map(([term, counter, parts]) => {
    const path: Array<Block> = []
    let parent: BlockId = { term, counter }
    let position = counter
    for (const part of parts) {
      const block = above(parent, parent.term + part.later, position, part.body, part.withheld)
      path.push(block)
      parent = block.id
      position = block.position + Math.min(commandsIn(block), 1000)
    }
    return path
  })

const name: fc.Arbitrary<SnapshotName> = fc.record({ block: id, position: natural, configuration: someConfiguration })

const reason = fc.constantFrom<RefusedReason>(
  "NoLeader",
  "Overloaded",
  "Superseded",
  "Transferring",
  "ChangeUnderWay",
  "BadChange",
  "Stopped"
)
const placement: fc.Arbitrary<Placement> = fc.record({ block: id, index: natural })

const optionalId = fc.option(id, { nil: undefined })

type Of<Tag extends Message["_tag"]> = Extract<Message, { readonly _tag: Tag }>

/** Any message of a kind, for each kind. */
export const messagesOf: { readonly [Tag in Message["_tag"]]: fc.Arbitrary<Of<Tag>> } = {
  PreVote: fc.record({ _tag: fc.constant("PreVote"), term: natural, head: id }),
  PreVoteReply: fc.record({ _tag: fc.constant("PreVoteReply"), term: natural, granted: flag }),
  Vote: fc.record({ _tag: fc.constant("Vote"), term: natural, head: id, transfer: flag }),
  VoteReply: fc.record({ _tag: fc.constant("VoteReply"), term: natural, granted: flag }),
  Append: fc.record({ term: natural, round: natural, parent: id, blocks: somePath, commit: id }).map((append) => ({
    _tag: "Append",
    ...append,
    parent: append.blocks[0]?.parent ?? append.parent
  })),
  AppendReply: fc.record({
    _tag: fc.constant("AppendReply"),
    term: natural,
    round: natural,
    verified: optionalId,
    commit: id
  }),
  Snapshot: fc.record({
    _tag: fc.constant("Snapshot"),
    term: natural,
    round: natural,
    snapshot: name,
    size: natural,
    offset: natural,
    bytes
  }),
  SnapshotReply: fc.record({
    _tag: fc.constant("SnapshotReply"),
    term: natural,
    round: natural,
    block: id,
    offset: natural,
    installed: flag
  }),
  TimeoutNow: fc.record({ _tag: fc.constant("TimeoutNow"), term: natural }),
  Forward: fc.record({ _tag: fc.constant("Forward"), term: natural, request: natural, commands }),
  Forwarded: fc.record({
    _tag: fc.constant("Forwarded"),
    term: natural,
    request: natural,
    placed: fc.oneof<[fc.Arbitrary<Placement>, fc.Arbitrary<RefusedReason>]>(placement, reason)
  }),
  ReadIndex: fc.record({ _tag: fc.constant("ReadIndex"), term: natural, request: natural }),
  ReadIndexReply: fc.record({
    _tag: fc.constant("ReadIndexReply"),
    term: natural,
    request: natural,
    block: optionalId
  }),
  Estranged: fc.record({ _tag: fc.constant("Estranged"), term: natural })
}

export const someMessage: fc.Arbitrary<Message> = fc.oneof(...Object.values(messagesOf))

export const someRecord: fc.Arbitrary<ChainRecord> = fc.oneof(
  fc.record({ _tag: fc.constant("Identity" as const), incarnation: natural, initial: someConfiguration }),
  fc.record({ _tag: fc.constant("Persist" as const), term: natural, vote: natural, commit: id, blocks: somePath })
)

/** A block of one command of one byte, above `parent` or genesis. */
export const plain = (term: number, parent: BlockId = genesis): Block =>
  above(parent, term, parent.counter, {
    _tag: "Commands",
    commands: [{ session: 0, sequence: 0, payload: Uint8Array.of(parent.counter) }]
  })
