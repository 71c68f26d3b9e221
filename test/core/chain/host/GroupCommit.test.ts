import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { makeMemoryDisk } from "../../../../adapters/memory/index.ts"
import { genesis, type Durable, encodeRecord, type Persist, replay, segmentHead } from "../../../../core/chain/index.ts"
import { GroupCommit } from "../../../../core/chain/host/GroupCommit.ts"
import type { Disk } from "../../../../core/ports/index.ts"
import { openRecordLog } from "../../../../core/storage/index.ts"

const identity = { incarnation: 7, initial: { members: [] } }
const first = { commit: genesis, term: 0, vote: 0 }
const durable: Durable = { ...identity, ...first, blocks: [] }

const persist = (write: number, counter: number): Persist => ({
  _tag: "Persist",
  write,
  term: 1,
  vote: 1,
  commit: genesis,
  blocks: [
    {
      id: { term: 1, counter },
      parent: counter === 1 ? genesis : { term: 1, counter: counter - 1 },
      position: 0,
      bytes: 0,
      body: { _tag: "Opening" }
    }
  ]
})

/** A node's writes on a disk, and what the disk was told. */
const open = Effect.fnUntraced(function* (disk: Disk, segmentBytes?: number) {
  let syncs = 0
  let failing = false
  const counted: Disk = {
    ...disk,
    sync: (path) =>
      Effect.suspend(() => {
        syncs++
        return failing ? disk.read("nowhere", 0, 1).pipe(Effect.asVoid) : disk.sync(path)
      })
  }
  const { log, records } = yield* openRecordLog(counted, {
    folder: "records",
    ...(segmentBytes === undefined ? {} : { segmentBytes })
  })
  if (records.length === 0) {
    const head = segmentHead(identity, first).map(encodeRecord)
    yield* log.append({ records: head, mark: 0, preamble: () => [] })
  }
  syncs = 0
  const told: Array<string> = []
  const writes = new GroupCommit(
    log,
    durable,
    () => told.push("written"),
    ({ reason }) => told.push(reason)
  )
  return {
    log,
    writes,
    records,
    told,
    syncs: () => syncs,
    fail: () => {
      failing = true
    }
  }
})

const all = (effects: ReadonlyArray<Effect.Effect<unknown>>) => Effect.forEach(effects, (effect) => effect)

describe("writes that wait together", () => {
  it.effect("share one sync, and each is answered for itself", () =>
    Effect.gen(function* () {
      const { syncs, told, writes } = yield* open(makeMemoryDisk())
      const waiting = [1, 2, 3].map((write) => writes.add(persist(write, write)))
      expect(yield* all(waiting)).toEqual([1, 2, 3].map((write) => ({ _tag: "Persisted", write })))
      expect([syncs(), told]).toEqual([1, ["written"]])
      yield* writes.add(persist(4, 4))
      expect(syncs()).toBe(2)
    })
  )

  it.effect("are all there when the log is opened again", () =>
    Effect.gen(function* () {
      const disk = makeMemoryDisk()
      const { writes } = yield* open(disk)
      yield* all([1, 2, 3].map((write) => writes.add(persist(write, write))))
      const { records } = yield* open(disk)
      const replayed = Result.getOrThrow(replay(records, undefined))
      expect(replayed.blocks.map(({ id }) => id.counter)).toEqual([1, 2, 3])
      expect([replayed.incarnation, replayed.term, replayed.vote]).toEqual([7, 1, 1])
    })
  )

  it.effect("fail together, and what the disk said is told", () =>
    Effect.gen(function* () {
      const { fail, told, writes } = yield* open(makeMemoryDisk())
      fail()
      const ended = yield* all([1, 2].map((write) => writes.add(persist(write, write))))
      expect(ended).toMatchObject([
        { _tag: "PersistFailed", write: 1 },
        { _tag: "PersistFailed", write: 2 }
      ])
      expect(told).toHaveLength(1)
    })
  )

  it.effect("begin each segment with what those before it say, so that these can be removed", () =>
    Effect.gen(function* () {
      const disk = makeMemoryDisk()
      const { log, writes } = yield* open(disk, 300)
      for (let write = 1; write <= 20; write++) yield* writes.add(persist(write, write))
      const before = log.segments.length
      yield* log.forget(10)
      expect(log.segments.length).toBeLessThan(before)
      const { records } = yield* open(disk, 300)
      const block = { term: 1, counter: 10 }
      const replayed = Result.getOrThrow(
        replay(records, { block, position: 0, configuration: { members: [] }, size: 0 })
      )
      expect([replayed.incarnation, replayed.vote, replayed.blocks.at(-1)?.id.counter]).toEqual([7, 1, 20])
    })
  )
})
