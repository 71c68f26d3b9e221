import { describe, expect, it } from "vitest"
import { encodeUtf8 } from "../../../../core/bytes/index.ts"
import { JournalError } from "../../../../core/journal/index.ts"
import { foreignRecord, topic } from "../../../../core/scenarios/journal/JournalModel.ts"
import type { Deed } from "../../../../core/scenarios/journal/JournalModel.ts"
import { scriptedCache as cache } from "../ScriptedCache.ts"

const append = (...seqNrs: ReadonlyArray<number>): Deed => ({ _tag: "Append", seqNrs })
const remove = (to: number): Deed => ({ _tag: "Delete", to })
const mark: Deed = { _tag: "Mark" }
const purge: Deed = { _tag: "Purge" }

const storeDown = new JournalError({ reason: "Unavailable", topic, message: "The store is down." })
const logDown = new JournalError({ reason: "Unavailable", topic, message: "The log is down." })
const lost = new JournalError({ reason: "Lost", topic, message: "The records are gone." })

const bad = (id: string) => ({
  timestamp: 0,
  key: encodeUtf8(id),
  value: null,
  headers: [{ name: "journal.action", value: encodeUtf8("{") }]
})

describe("what a partition's cache answers", () => {
  it("33. nothing is known before the log was read: a question waits", () => {
    const one = cache()
    expect(one.feed({ _tag: "Begin" })).toEqual(["read pointer"])
    expect(one.get("a", 0)).toEqual([])
    expect(one.pointer(undefined)).toEqual(["read log 0"])
    expect(one.read()).toEqual(["follow log 0", "1 known 0..0: no tail"])
  })

  it("34. and 35. a mark that the pointer has reached is answered once the log was seen to reach so far", () => {
    for (const at of [6, 7]) {
      const one = cache()
      one.log.end = 9
      expect(one.begin(7)).toEqual(["read pointer", "read log 8"])
      expect(one.get("a", at)).toEqual([])
      expect(one.read()).toEqual(["follow log 9", "1 known 8..9: no tail"])
      expect(one.get("b", at)).toEqual(["2 known 8..9: no tail"])
    }
  })

  it("36. a mark beyond what was read waits", () => {
    const one = cache()
    one.begin()
    one.read()
    expect(one.get("a", 1)).toEqual([])
  })

  it("37. a mark is no tail", () => {
    const one = cache()
    one.begin()
    one.log.append("a", mark, 0)
    one.read()
    expect(one.get("a", 1)).toEqual(["1 known 0..1: no tail"])
  })

  it("38. a journal without records among those that were read has no tail", () => {
    const one = cache()
    one.begin()
    one.log.append("a", append(1), 0)
    one.read()
    expect(one.get("b", 1)).toEqual(["1 known 0..1: no tail"])
  })

  it("39. records of others, and gaps, count as read", () => {
    const one = cache()
    one.begin()
    one.log.add(foreignRecord, 2)
    one.read()
    expect(one.get("a", 3)).toEqual(["1 known 0..3: no tail"])
  })

  it("40. an append is a tail", () => {
    const one = cache()
    one.begin()
    one.log.append("a", append(1, 2), 0)
    one.read()
    expect(one.get("a", 1)).toEqual(["1 known 0..1: 0..2 at 0..0"])
  })

  it("41. a delete is a tail", () => {
    const one = cache()
    one.begin()
    one.log.append("a", remove(3), 0)
    one.read()
    expect(one.get("a", 1)).toEqual(["1 known 0..1: 3..3 at 0..0"])
  })

  it("H1: a purge is a tail, also with appends after it", () => {
    const one = cache()
    one.begin()
    one.log.append("a", append(1, 2), 0)
    one.log.append("a", purge, 0)
    one.read()
    expect(one.get("a", 2)).toEqual(["1 known 0..2: purged, nothing at 1"])
    one.log.append("a", append(1), 0)
    one.read()
    expect(one.get("a", 3)).toEqual(["2 known 0..3: purged, 0..1 at 2..2"])
  })

  it("42. a question ahead of the log is answered by any record before its mark, or by the mark itself", () => {
    const next: ReadonlyArray<readonly [id: string, gap: number, answer: string]> = [
      ["a", 0, "1 known 0..2: 0..1 at 1..1"],
      ["b", 0, "1 known 0..2: no tail"],
      ["a", 3, "1 known 0..5: 0..1 at 1..1"],
      ["b", 3, "1 known 0..5: no tail"]
    ]
    for (const [id, gap, answer] of next) {
      const one = cache()
      one.begin()
      one.log.append("c", append(1), 0)
      one.read()
      expect(one.get("a", 2)).toEqual([])
      one.log.append(id, append(1), gap)
      expect(one.read()).toContain(answer)
    }
  })

  it("43. a question ahead of the log waits on while the log is not at its mark", () => {
    const one = cache()
    one.begin()
    for (const id of ["c", "a", "a"]) one.log.append(id, append(1), 0)
    expect(one.get("a", 3)).toEqual([])
    expect(one.read(1)).toEqual(["follow log 1"])
    expect(one.read(1)).toEqual(["follow log 2"])
    expect(one.read(1)).toEqual(["follow log 3", "1 known 0..3: 0..1 at 1..2"])
  })

  it("44. to 46. a question to an empty cache is answered by the first page that reaches its mark", () => {
    const one = cache()
    one.log.end = 5
    one.log.append("a", append(1), 0)
    one.log.append("b", append(1), 0)
    one.begin(4)
    expect([...one.get("a", 7), ...one.get("b", 6), ...one.get("c", 2)]).toEqual([])
    expect(one.read(1)).toEqual(["follow log 6", "2 known 5..6: no tail", "3 known 5..6: no tail"])
    expect(one.read(1)).toEqual(["follow log 7", "1 known 5..7: 0..1 at 5..5"])
  })

  it("47. a pointer that moves on answers nobody by itself, and the log is read from it where it is ahead", () => {
    const one = cache()
    one.log.end = 4
    one.begin(1)
    expect(one.get("a", 9)).toEqual([])
    expect(one.tick(1100)).toEqual(["read pointer"])
    expect(one.pointer(8)).toEqual([])
    expect(one.read()).toEqual(["read log 9"])
    one.log.end = 12
    expect(one.read()).toEqual(["follow log 12", "1 known 9..12: no tail"])
  })

  it("48. with more journals than it may keep, it forgets those that were written longest ago", () => {
    const one = cache({ maxIds: 2 })
    one.begin()
    for (const id of ["a", "b", "c"]) one.log.append(id, append(1), 0)
    one.read()
    expect(one.get("a", 3)).toEqual(["1 limited"])
    expect(one.get("b", 3)).toEqual(["2 known 0..3: 0..1 at 1..1"])
    expect(one.get("c", 3)).toEqual(["3 known 0..3: 0..1 at 2..2"])
  })

  it("49. it forgets a tenth of them at once, and always keeps one", () => {
    const one = cache({ maxIds: 20 })
    one.begin()
    for (let at = 0; at < 21; at++) one.log.append(`${at}`, append(1), 0)
    one.read()
    expect(one.get("2", 21)).toEqual(["1 limited"])
    expect(one.get("3", 21)).toEqual(["2 known 0..21: 0..1 at 3..3"])
    const other = cache({ maxIds: 1 })
    other.begin()
    for (const id of ["a", "b", "c"]) other.log.append(id, append(1), 0)
    other.read()
    expect(other.get("c", 3)).toEqual(["1 known 0..3: 0..1 at 2..2"])
  })

  it("50. who waits is answered before anything is forgotten", () => {
    const one = cache({ maxIds: 1 })
    one.begin()
    one.get("a", 2)
    for (const id of ["a", "b", "c"]) one.log.append(id, append(1), 0)
    expect(one.read()).toEqual(["follow log 3", "1 known 0..3: 0..1 at 0..0"])
    expect(one.get("a", 2)).toEqual(["2 limited"])
  })

  it("51. what it still has of a journal from before others were forgotten is whole", () => {
    const one = cache({ maxIds: 2 })
    one.begin()
    for (const id of ["a", "b", "c", "a"]) one.log.append(id, append(1), 0)
    one.read()
    expect(one.get("a", 4)).toEqual(["1 known 0..4: 0..1 at 0..3"])
    expect(one.get("b", 4)).toEqual(["2 limited"])
  })

  it("51. a journal that was forgotten is unknown also after it is written again, but for a purge", () => {
    const one = cache({ maxIds: 2 })
    one.begin()
    for (const id of ["a", "b", "c"]) one.log.append(id, append(1), 0)
    one.read()
    one.log.append("a", append(2), 0)
    one.read()
    expect(one.get("a", 4)).toEqual(["1 limited"])
    one.log.append("a", purge, 0)
    one.read()
    expect(one.get("a", 5)).toEqual(["2 known 0..5: purged, nothing at 4"])
  })

  it("51. a journal that was forgotten is known again once the store has what was forgotten", () => {
    const one = cache({ maxIds: 2 })
    one.begin()
    for (const id of ["a", "b", "c"]) one.log.append(id, append(1), 0)
    one.read()
    one.tick(1100)
    one.pointer(0)
    expect(one.get("a", 3)).toEqual(["1 known 1..3: no tail"])
  })

  it("52. journals with marks only take no room", () => {
    const one = cache({ maxIds: 1 })
    one.begin()
    one.log.append("a", append(1), 0)
    for (const id of ["b", "c", "d"]) one.log.append(id, mark, 0)
    one.read()
    expect(one.get("a", 4)).toEqual(["1 known 0..4: 0..1 at 0..0"])
  })

  it("53. a pointer that moves on forgets the journals whose last action it has passed, and no other", () => {
    const one = cache()
    one.begin()
    for (const id of ["a", "b", "a"]) one.log.append(id, append(1), 0)
    one.read()
    one.tick(1100)
    expect(one.pointer(1)).toEqual([])
    expect(one.get("b", 3)).toEqual(["1 known 2..3: no tail"])
    expect(one.get("a", 3)).toEqual(["2 known 2..3: 0..1 at 0..2"])
    one.tick(1200)
    one.pointer(2)
    expect(one.get("a", 3)).toEqual(["3 known 3..3: no tail"])
  })

  it("53. a pointer that went back is another store's: everything is read again from there", () => {
    const one = cache()
    one.log.end = 5
    one.log.append("a", append(1), 0)
    one.begin(4)
    one.read()
    one.tick(1100)
    expect(one.pointer(2)).toEqual(["read log 3"])
    expect(one.get("a", 6)).toEqual([])
    expect(one.read()).toEqual(["follow log 6", "1 known 3..6: 0..1 at 5..5"])
  })

  it("54. a question waits no longer than it may", () => {
    const one = cache({ timeoutMs: 50 })
    one.begin()
    one.get("a", 5)
    one.tick(1020)
    one.get("b", 5)
    expect(one.wakeAt()).toBe(1050)
    expect(one.tick(1050)).toEqual(["1 timeout"])
    expect(one.wakeAt()).toBe(1070)
    expect(one.tick(1070)).toEqual(["2 timeout"])
    one.log.end = 9
    expect(one.read()).toEqual(["follow log 9"])
  })

  it("55. when it closes, whoever waits and whoever comes later is told, and reads the log for themselves", () => {
    const one = cache()
    one.begin()
    one.get("a", 5)
    expect(one.close()).toEqual(["1 closed", "closed"])
    expect(one.get("a", 5)).toEqual(["2 closed"])
    expect([...one.close(), ...one.tick(10_000), ...one.feed({ _tag: "Begin" })]).toEqual([])
    expect(one.wakeAt()).toBeUndefined()
  })

  it("answers at once that it cannot where too many wait already", () => {
    const one = cache({ maxWaiting: 1 })
    one.begin()
    expect(one.get("a", 5)).toEqual([])
    expect(one.get("b", 5)).toEqual(["2 limited"])
  })
})

describe("a partition's cache and records that cannot be read", () => {
  it("knows nothing of the journal of such a record, and goes on with the others", () => {
    const one = cache()
    one.begin()
    one.log.append("a", append(1), 0)
    one.log.add(bad("a"), 0)
    one.log.append("a", purge, 0)
    one.log.append("b", append(1), 0)
    one.read()
    expect(one.get("a", 4)).toEqual(["1 poisoned"])
    expect(one.get("b", 4)).toEqual(["2 known 0..4: 0..1 at 3..3"])
  })

  it("knows the journal again once the store has gone past it", () => {
    const one = cache()
    one.begin()
    one.log.add(bad("a"), 0)
    one.read()
    one.tick(1100)
    one.pointer(0)
    expect(one.get("a", 1)).toEqual(["1 known 1..1: no tail"])
  })

  it("does not take a key that is not UTF-8 for the journal that it looks like", () => {
    const one = cache()
    one.begin()
    const key = new Uint8Array([0x61, 0xff])
    one.log.add({ ...bad(""), key }, 0)
    one.read()
    expect(one.get("a\uFFFD", 1)).toEqual(["1 known 0..1: no tail"])
  })
})

describe("a partition's cache and time", () => {
  it("reads the pointer often while somebody asks, and seldom afterwards", () => {
    const one = cache()
    one.begin()
    expect(one.wakeAt()).toBe(1100)
    expect(one.tick(1100)).toEqual(["read pointer"])
    one.tick(7000)
    one.pointer(undefined)
    expect(one.wakeAt()).toBe(8000)
    one.tick(7500)
    one.get("a", 0)
    expect(one.wakeAt()).toBe(7600)
  })

  it("does nothing before it has begun, however late that is", () => {
    const one = cache()
    expect(one.wakeAt()).toBeUndefined()
    expect(one.feed({ _tag: "Tick", now: 1_700_000_000_000 }, { _tag: "Begin" })).toEqual(["read pointer"])
    expect(one.wakeAt()).toBe(1_700_000_600_000)
  })

  it("has nothing to wake for but the end of a question that waits for longer than it stays idle", () => {
    const one = cache({ expiryMs: 100, timeoutMs: 1000 })
    one.feed({ _tag: "Tick", now: 1000 }, { _tag: "Begin" })
    one.get("a", 0)
    expect(one.wakeAt()).toBe(2000)
    expect(one.tick(2000)).toEqual(["1 timeout", "closed"])
  })

  it("closes when nobody has asked for long", () => {
    const one = cache({ expiryMs: 10_000, idlePointerMs: 100_000 })
    one.begin()
    one.tick(3000)
    one.pointer(undefined)
    one.get("a", 0)
    one.read()
    one.tick(12_000)
    one.pointer(undefined)
    expect(one.wakeAt()).toBe(13_000)
    expect(one.tick(13_000)).toEqual(["closed"])
  })

  it("asks the store again, later each time, where it fails, and says so the second time", () => {
    const one = cache()
    one.feed({ _tag: "Tick", now: 1000 }, { _tag: "Begin" })
    const fail = () => one.answered({ _tag: "PointerFailed", error: storeDown })
    expect(fail()).toEqual([])
    expect(one.wakeAt()).toBe(1010)
    expect(one.tick(1010)).toEqual(["read pointer"])
    expect(fail()).toEqual(["stalled: The store is down."])
    expect(one.wakeAt()).toBe(1030)
    for (let count = 0; count < 20; count++) {
      one.tick(one.wakeAt() ?? 0)
      fail()
    }
    const late = one.wakeAt() ?? 0
    one.tick(late)
    fail()
    expect(one.wakeAt()).toBe(late + 3000)
    one.tick(late + 3000)
    expect(one.pointer(4)).toEqual(["read log 5"])
  })

  it("reads the log again, later each time, where it fails, and says so the second time", () => {
    const one = cache({ pointerMs: 100_000 })
    one.begin()
    const fail = () => one.answered({ _tag: "LogFailed", failure: { _tag: "Retry", error: logDown } })
    expect(fail()).toEqual([])
    expect(one.tick(1010)).toEqual(["read log 0"])
    expect(fail()).toEqual(["stalled: The log is down."])
    expect(one.tick(1029)).toEqual([])
    expect(one.tick(1030)).toEqual(["read log 0"])
    expect(one.read()).toEqual(["follow log 0"])
    expect(fail()).toEqual([])
    expect(one.wakeAt()).toBe(1040)
  })

  it("is not disturbed by answers to what it asked before it began again", () => {
    const one = cache()
    one.log.end = 5
    one.begin(4)
    const old = one.epoch()
    one.tick(1100)
    one.pointer(2)
    const page = { records: [], nextOffset: 9, logStart: 0, stableEnd: 9 }
    expect(one.feed({ _tag: "Answered", epoch: old, answer: { _tag: "LogRead", page } })).toEqual([])
    expect(one.get("a", 9)).toEqual([])
  })
})

describe("a partition's cache and a log that does not have what it should", () => {
  const trimmed = (logStart: number) =>
    ({ _tag: "LogFailed", failure: { _tag: "Trimmed", error: lost, logStart } }) as const

  it("cannot answer where nothing was ever replicated and the log does not begin at 0, until there is a pointer", () => {
    const one = cache()
    one.begin()
    one.get("a", 9)
    expect(one.answered(trimmed(7))).toEqual(["1 unavailable"])
    expect(one.tick(1010)).toEqual(["read pointer"])
    expect(one.pointer(undefined)).toEqual(["read log 0"])
    expect(one.answered(trimmed(7))).toEqual(["stalled: The records are gone."])
    expect(one.tick(1030)).toEqual(["read pointer"])
    expect(one.pointer(8)).toEqual(["read log 9"])
  })

  it("tells everybody at once that it cannot answer where the log begins beyond the pointer, and looks again", () => {
    const one = cache()
    one.begin(3)
    one.get("a", 9)
    expect(one.answered(trimmed(7))).toEqual(["1 unavailable"])
    expect(one.get("a", 9)).toEqual(["2 unavailable"])
    expect(one.tick(1010)).toEqual(["read pointer"])
    expect(one.pointer(3)).toEqual(["read log 4"])
    expect(one.answered(trimmed(7))).toEqual(["stalled: The records are gone."])
    expect(one.tick(1030)).toEqual(["read pointer"])
    expect(one.pointer(7)).toEqual(["read log 8"])
  })

  it("likewise where the log ends before the pointer", () => {
    const one = cache()
    one.begin(90)
    one.get("a", 9)
    expect(one.answered({ _tag: "LogFailed", failure: { _tag: "Final", error: lost } })).toEqual(["1 unavailable"])
    expect(one.wakeAt()).toBe(1010)
  })

  it("begins again where retention has overtaken it", () => {
    const one = cache()
    one.begin()
    one.log.append("a", append(1), 0)
    one.read()
    expect(one.answered(trimmed(7))).toEqual([])
    one.tick(1010)
    expect(one.pointer(6)).toEqual(["read log 7"])
    expect(one.get("a", 1)).toEqual([])
  })
})

it("draws itself", () => {
  const one = cache({ maxIds: 3 })
  one.begin()
  for (const id of ["a", "b", "c", "d"]) one.log.append(id, append(1, 2), 0)
  one.log.append("d", remove(5), 0)
  one.log.append("c", purge, 0)
  one.log.add(bad("e"), 0)
  one.read()
  one.get("b", 20)
  expect(one.draw().split("\n")).toEqual([
    "Following, pointer none, 1 waiting",
    "read from 0 to 7, limited below 4",
    "d at 3 to 4: appends to 2, deletes to 2 or else 5; alone 2..2",
    "c at 5: purged; alone nothing",
    "e poisoned",
    "ticket 1 for b at 20 until 2000"
  ])
})
