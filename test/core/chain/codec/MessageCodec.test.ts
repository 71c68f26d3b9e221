import * as Result from "effect/Result"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { Block } from "../../../../core/chain/Block.ts"
import { decodeMessage, encodeMessage } from "../../../../core/chain/codec/MessageCodec.ts"
import type { Message, SnapshotName } from "../../../../core/chain/Message.ts"
import { member } from "../Configurations.ts"
import { above, messagesOf, plain, someMessage } from "./Arbitraries.ts"

const hex = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")

const failure = (bytes: Uint8Array) => {
  const read = decodeMessage(bytes)
  return Result.isFailure(read) ? read.failure : undefined
}

const id = { term: 3, counter: 17 }
const payload = Uint8Array.of(0xab, 0xcd)
const commands = [{ session: 300, sequence: 2, payload }]
const configuration = {
  members: [{ id: 1, role: "Voter", priority: -1, incarnation: 2 ** 40 } as const, member(2, "Witness")],
  outgoing: [member(3, "Learner")]
}
const first = above({ term: 2, counter: 16 }, 3, 40, { _tag: "Commands", commands })
const second = above(first.id, 3, 41, { _tag: "Configuration", configuration })
const third = above(second.id, 3, 41, { _tag: "Opening" })
const fourth = above(third.id, 4, 41, { _tag: "Withheld", count: 9 }, 200)
const snapshot: SnapshotName = { block: id, position: 41, configuration }
const append = { _tag: "Append", term: 4, round: 5, parent: first.parent, blocks: [first], commit: id } as const

/** A message of each kind and each form, and the bytes that it is for ever. */
const golden: ReadonlyArray<readonly [message: Message, bytes: string]> = [
  [{ _tag: "PreVote", term: 4, head: id }, "0101080622"],
  [{ _tag: "PreVoteReply", term: 4, granted: true }, "01020801"],
  [{ _tag: "Vote", term: 4, head: id, transfer: true }, "010308062201"],
  [{ _tag: "VoteReply", term: 4, granted: false }, "01040800"],
  [{ ...append, blocks: [] }, "0105080a0420062200"],
  [
    { ...append, blocks: [first, second, third, fourth] },
    "0105080a042006220406220450040101d8040402abcd06240652000202020001808080808040040100000101060200000626065200000828065290030312"
  ],
  [{ _tag: "AppendReply", term: 4, round: 5, verified: id, commit: first.parent }, "0106080a0106220420"],
  [{ _tag: "AppendReply", term: 4, round: 5, verified: undefined, commit: id }, "0106080a000622"],
  [
    { _tag: "Snapshot", term: 4, round: 5, snapshot, size: 1000, offset: 500, bytes: payload },
    "0107080a0622520202000180808080804004010000010106020000d00fe80702abcd"
  ],
  [{ _tag: "SnapshotReply", term: 4, round: 5, block: id, offset: 502, installed: true }, "0108080a0622ec0701"],
  [{ _tag: "TimeoutNow", term: 2 ** 53 - 1 }, "0109feffffffffffff1f"],
  [{ _tag: "Forward", term: 4, request: 6, commands }, "010a080c01d8040402abcd"],
  [{ _tag: "Forwarded", term: 4, request: 6, placed: { block: id, index: 7 } }, "010b080c0006220e"],
  [{ _tag: "Forwarded", term: 4, request: 6, placed: "NoLeader" }, "010b080c01"],
  [{ _tag: "Forwarded", term: 4, request: 6, placed: "Stopped" }, "010b080c07"],
  [{ _tag: "ReadIndex", term: 4, request: 6 }, "010c080c"],
  [{ _tag: "ReadIndexReply", term: 4, request: 6, block: id }, "010d080c010622"],
  [{ _tag: "ReadIndexReply", term: 4, request: 6, block: undefined }, "010d080c00"],
  [{ _tag: "Estranged", term: 4 }, "010e08"]
]

describe("a message", () => {
  it.each(Object.keys(messagesOf) as ReadonlyArray<Message["_tag"]>)("%s reads back as it was written", (tag) => {
    fc.assert(
      fc.property(messagesOf[tag] as fc.Arbitrary<Message>, (message) => {
        expect(Result.getOrThrow(decodeMessage(encodeMessage(message)))).toEqual(message)
      })
    )
  })

  it.each(golden)("has the bytes that it always had: %o", (message, bytes) => {
    expect(hex(encodeMessage(message))).toBe(bytes)
    expect(Result.getOrThrow(decodeMessage(encodeMessage(message)))).toEqual(message)
  })

  it("has golden bytes for every kind", () => {
    expect(new Set(golden.map(([{ _tag }]) => _tag))).toEqual(new Set(Object.keys(messagesOf)))
  })

  it("that is cut anywhere, or followed by anything, is an error with its place", () => {
    fc.assert(
      fc.property(someMessage, fc.nat(), (message, at) => {
        const bytes = encodeMessage(message)
        const cut = failure(bytes.slice(0, at % bytes.length))
        expect(cut?._tag).toBe("DecodeError")
        expect(cut!.position).toBeLessThanOrEqual(at % bytes.length)
        expect(failure(Uint8Array.of(...bytes, 0))?.reason).toBe("TrailingBytes")
      })
    )
  })

  it("that is changed anywhere is an error or another message, and nothing else is thrown", () => {
    fc.assert(
      fc.property(someMessage, fc.nat(), fc.integer({ min: 1, max: 255 }), (message, at, change) => {
        const bytes = encodeMessage(message).slice()
        bytes[at % bytes.length]! ^= change
        const read = decodeMessage(bytes)
        if (Result.isSuccess(read)) expect(read.success).not.toEqual(message)
      }),
      { numRuns: 1000 }
    )
  })

  it("that is noise never has more elements than it has bytes for", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 14 }), fc.uint8Array({ maxLength: 60 }), (tag, noise) => {
        const read = decodeMessage(Uint8Array.of(1, tag, ...noise))
        if (Result.isSuccess(read) && read.success._tag === "Append") {
          expect(read.success.blocks.length).toBeLessThanOrEqual(noise.length / 6)
        }
      }),
      { numRuns: 1000 }
    )
    expect(failure(Uint8Array.of(1, 5, 2, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0x0f))).toMatchObject({
      reason: "InvalidLength",
      position: 13
    })
    const twoBlocks = Uint8Array.of(1, 5, 2, 0, 0, 0, 0, 0, 2, ...new Uint8Array(11))
    expect(failure(twoBlocks)).toMatchObject({ reason: "InvalidLength", position: 9 })
  })

  it.each<[string, string, string]>([
    ["of another version", "0209", "message.version"],
    ["of no kind", "010f00", "message.tag"],
    ["with a negative term", "010901", "message.term"],
    ["with a flag that is neither", "01020602", "granted"],
    ["with no reason that is known", "010b020208", "placed"],
    ["with a block in genesis' place", "01050202040002000104000400000000", "block.counter"],
    ["with a block of an earlier term than its parent", "010502020400020001020204000000", "block.parent"],
    ["with a body of no kind", "010502020000020001020200000004", "block.body"],
    ["with members out of order", "0107020202020002040000000200000000", "member.id"],
    ["with a member of no role", "01070202020200010203000000", "member.role"]
  ])("%s is refused", (_, bytes, what) => {
    expect(failure(Uint8Array.from(bytes.match(/../g)!, (pair) => Number.parseInt(pair, 16)))).toMatchObject({
      reason: "InvalidValue",
      what
    })
  })

  it("whose blocks are no path from its parent is refused", () => {
    const broken = (blocks: ReadonlyArray<Block>, parent = first.parent) =>
      failure(encodeMessage({ ...append, parent, blocks }))?.detail
    expect(broken([first, third])).toBe("t3.19 does not extend t3.17")
    expect(broken([first], { term: 1, counter: 16 })).toBe("t3.17 does not extend t1.16")
    expect(broken([first, second, third, fourth])).toBeUndefined()
  })

  it("whose block says another size than it has is refused", () => {
    expect(failure(encodeMessage({ ...append, blocks: [{ ...first, bytes: 3 }] }))?.what).toBe("block.bytes")
  })

  it("with a negative number, a block that is not one above its parent, or members out of order, is not written", () => {
    expect(() => encodeMessage({ _tag: "TimeoutNow", term: -1 })).toThrow(/-1 is negative/)
    const high: Block = { ...plain(3), id: { term: 3, counter: 9 } }
    expect(() => encodeMessage({ ...append, blocks: [high] })).toThrow(/not one below/)
    const members = [member(2), member(1)]
    const named = { ...snapshot, configuration: { members } }
    const message = {
      _tag: "Snapshot",
      term: 1,
      round: 1,
      snapshot: named,
      size: 1,
      offset: 0,
      bytes: payload
    } as const
    expect(() => encodeMessage(message)).toThrow(/node 1 is not after node 2/)
  })
})
