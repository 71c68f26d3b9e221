import * as Result from "effect/Result"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { genesis } from "../../../../core/chain/Block.ts"
import type { Block, BlockId } from "../../../../core/chain/Block.ts"
import { encodeRecord, segmentHead } from "../../../../core/chain/codec/RecordCodec.ts"
import type { ChainRecord, IdentityRecord, PersistRecord } from "../../../../core/chain/codec/RecordCodec.ts"
import { replay } from "../../../../core/chain/codec/Replay.ts"
import type { Durable } from "../../../../core/chain/ChainSettings.ts"
import { votersOnly } from "../Configurations.ts"
import { plain } from "./Arbitraries.ts"

const identity: IdentityRecord = { _tag: "Identity", incarnation: 7, initial: votersOnly(1, 2, 3) }

const persist = (
  term: number,
  vote: number,
  blocks: ReadonlyArray<Block>,
  commit: BlockId = genesis
): PersistRecord => ({ _tag: "Persist", term, vote, commit, blocks })

const replayed = (records: ReadonlyArray<ChainRecord>, snapshot?: Durable["snapshot"]) =>
  replay(records.map(encodeRecord), snapshot)

const b1 = plain(1)
const b2 = plain(1, b1.id)
const b3 = plain(2, b2.id)
const fork = plain(3, b1.id)
const snapshotAt = (block: BlockId) => ({ block, position: 9, configuration: votersOnly(1), size: 100 })

describe("what a node starts with", () => {
  it("is the newest term, vote and marker, and every block in the order in which it came", () => {
    const records = [identity, persist(1, 1, [b1, b2]), persist(2, 0, [b3], b2.id), persist(3, 2, [fork], b2.id)]
    expect(Result.getOrThrow(replayed(records))).toEqual({
      incarnation: 7,
      initial: identity.initial,
      term: 3,
      vote: 2,
      commit: b2.id,
      blocks: [b1, b2, b3, fork]
    })
  })

  it("is the same however the records are cut into segments", () => {
    const writes = [persist(1, 1, [b1]), persist(1, 1, [b2], b1.id), persist(2, 3, [b3], b2.id), persist(3, 0, [fork])]
    const whole = Result.getOrThrow(replayed([identity, ...writes]))
    fc.assert(
      fc.property(fc.subarray([0, 1, 2, 3]), (cuts) => {
        const records: Array<ChainRecord> = [identity]
        let last = persist(0, 0, [])
        for (const [at, write] of writes.entries()) {
          if (cuts.includes(at)) records.push(...segmentHead(identity, last))
          records.push(write)
          last = write
        }
        expect(Result.getOrThrow(replayed(records))).toEqual(whole)
      })
    )
  })

  it("can begin at any segment, where a snapshot has what the segments before it had", () => {
    const head = segmentHead(identity, persist(1, 1, [], b2.id))
    const snapshot = snapshotAt(b2.id)
    expect(Result.getOrThrow(replayed([...head, persist(2, 0, [b3], b3.id)], snapshot))).toEqual({
      incarnation: 7,
      initial: identity.initial,
      term: 2,
      vote: 0,
      commit: b3.id,
      blocks: [b3],
      snapshot
    })
  })

  it("has a block that was written twice once, and the marker that went furthest", () => {
    const records = [identity, persist(1, 1, [b1, b2], b2.id), persist(2, 0, [b2, b3], b1.id)]
    const { blocks, commit } = Result.getOrThrow(replayed(records))
    expect([blocks, commit]).toEqual([[b1, b2, b3], b2.id])
  })

  it("may have voted some time after its term began", () => {
    const { term, vote } = Result.getOrThrow(replayed([identity, persist(2, 0, []), persist(2, 3, [])]))
    expect([term, vote]).toEqual([2, 3])
  })

  it("may have blocks that lead nowhere, as long as no marker names them", () => {
    expect(Result.getOrThrow(replayed([identity, persist(2, 0, [b3])])).blocks).toEqual([b3])
    const snapshot = snapshotAt({ term: 5, counter: 50 })
    expect(Result.getOrThrow(replayed([identity, persist(5, 0, [b1], b1.id)], snapshot)).blocks).toEqual([b1])
  })

  it("is what the records said before the last one, when a crash cut that off", () => {
    const records = [identity, persist(1, 1, [b1]), persist(2, 0, [b2, b3], b3.id)]
    for (let kept = 1; kept <= records.length; kept++) {
      const { blocks, commit } = Result.getOrThrow(replayed(records.slice(0, kept)))
      expect(blocks.length).toBeGreaterThanOrEqual(commit.counter)
    }
  })
})

describe("a damaged chain", () => {
  it.each<[string, ReadonlyArray<ChainRecord>, string, number]>([
    ["that has no records", [], "NoIdentity", 0],
    ["that does not say whose it is", [persist(1, 1, [])], "NoIdentity", 0],
    ["that is of two incarnations", [identity, { ...identity, incarnation: 8 }], "OtherIdentity", 1],
    ["that begins in two ways", [identity, { ...identity, initial: votersOnly(1) }], "OtherIdentity", 1],
    ["whose term goes back", [identity, persist(2, 0, []), persist(1, 0, [])], "TermWentBack", 2],
    ["that votes twice in a term", [identity, persist(2, 1, []), persist(2, 2, [])], "VoteChanged", 2],
    ["that takes its vote back", [identity, persist(2, 1, []), persist(2, 0, [])], "VoteChanged", 2],
    ["that has a block before its term", [identity, persist(1, 0, [b1, b2, b3])], "LaterBlock", 1],
    [
      "that has two blocks of one name",
      [identity, persist(2, 0, [b1, b2]), persist(2, 0, [{ ...b2, position: 77 }])],
      "OtherBlock",
      2
    ],
    ["that lacks the block of the marker", [identity, persist(2, 0, [b1], b2.id)], "CommitMissing", 2],
    ["that lacks a block below the marker", [identity, persist(2, 0, [b1, b3], b3.id)], "CommitMissing", 2]
  ])("%s does not start", (_, records, reason, record) => {
    expect(replayed(records)).toMatchObject({ failure: { _tag: "DamagedChain", reason, record } })
  })

  it("whose marker does not lead through the snapshot does not start", () => {
    const records = [identity, persist(3, 0, [b1, fork], fork.id)]
    expect(replayed(records, snapshotAt({ term: 2, counter: 1 }))).toMatchObject({
      failure: { reason: "CommitMissing" }
    })
  })

  it("with a record that is none names it", () => {
    const read = replay([encodeRecord(identity), Uint8Array.of(9, 9)], undefined)
    expect(read).toMatchObject({ failure: { reason: "Unreadable", record: 1 } })
    expect(Result.isFailure(read) && read.failure.message).toContain("at record 1: record.version at its byte 0")
  })
})
