import { describe, expect, it } from "vitest"
import { encodeUtf8 } from "../../../../core/bytes/index.ts"
import { JournalError } from "../../../../core/journal/index.ts"
import type { Recovery } from "../../../../core/journal/index.ts"
import type { JournalHead } from "../../../../core/ports/index.ts"
import { ModelLog, topic } from "../../../../core/scenarios/journal/JournalModel.ts"
import {
  begin,
  emptyPage,
  event,
  eventsRead,
  head,
  headRead,
  logReaches,
  lostEnd,
  marked,
  pointer,
  pull,
  read,
  reader,
  tick,
  unavailable
} from "../ScriptedReader.ts"

describe("the recovery of a journal", () => {
  it("asks nothing of a store, and writes no mark, before the store is trusted", () => {
    const one = reader({ trusted: false })
    expect(one.feed(begin)).toEqual(["CheckStore"])
    expect(one.feed({ _tag: "StoreTrusted" })).toEqual(["Mark", "ReadPointer"])
  })

  it("sets its mark and reads the pointer at once, and the head only after the pointer", () => {
    const one = reader()
    expect(one.feed(begin)).toEqual(["Mark", "ReadPointer"])
    expect(one.feed(marked(7))).toEqual([])
    expect(one.feed(pointer(3))).toEqual(["ReadHead"])
    expect(one.feed(headRead(undefined))).toEqual(["ReadLog 4"])
  })

  it("reads no log where the pointer has come to the mark", () => {
    const one = reader()
    expect(one.feed(begin, pull, marked(7), pointer(7), headRead(undefined))).toEqual([
      "Mark",
      "ReadPointer",
      "ReadHead",
      "End nothing"
    ])
  })

  it("looks whether the log reaches as far as the store where that is beyond the mark", () => {
    const beyond = () => {
      const one = reader()
      expect(one.feed(begin, pull, marked(7), pointer(9), headRead(undefined)).at(-1)).toBe("ReadLog 10")
      return one
    }
    expect(beyond().feed(logReaches)).toEqual(["End nothing"])
    expect(beyond().feed({ _tag: "LogFailed", failure: { _tag: "Final", error: lostEnd } })).toEqual(["Fail Lost"])
    const again = beyond()
    again.feed({ _tag: "LogFailed", failure: { _tag: "Retry", error: unavailable } })
    expect(again.feed(tick(50))).toEqual(["ReadLog 10 again"])
  })

  it("reads the log after the head's own offset where that is beyond the pointer", () => {
    const one = reader()
    one.feed(begin, marked(7), pointer(1))
    expect(one.feed(headRead(head(5, 2)))).toEqual(["ReadLog 6"])
  })

  it("gives out the store's events page by page as they are pulled, and then the log's", () => {
    const log = new ModelLog()
    log.end = 8
    log.append("a", { _tag: "Append", seqNrs: [5, 6] }, 0)
    log.append("b", { _tag: "Append", seqNrs: [1] }, 0)
    const one = reader()
    one.feed(begin, marked(10), pointer(7), headRead(head(7, 4)))
    expect(one.feed(read(log, 8))).toEqual([])
    expect(one.feed(pull)).toEqual(["ReadEvents 1..4 limit 3"])
    expect(one.feed(eventsRead(event(1), event(2), event(3)))).toEqual(["Events 1 2 3"])
    expect(one.feed(pull)).toEqual(["ReadEvents 4..4 limit 3"])
    expect(one.feed(eventsRead(event(4)))).toEqual(["Events 4"])
    expect(one.feed(pull)).toEqual(["Events 5 6"])
    expect(one.feed(pull)).toEqual(["End 0..6"])
  })

  it("asks the store for nothing that the tail deletes, and for nothing at all after a purge", () => {
    const log = new ModelLog()
    log.end = 8
    log.append("a", { _tag: "Delete", to: 2 }, 0)
    const one = reader()
    one.feed(begin, marked(9), pointer(7), headRead(head(7, 4)), read(log, 8))
    expect(one.feed(pull)).toEqual(["ReadEvents 3..4 limit 3"])
    log.append("a", { _tag: "Purge" }, 0)
    const other = reader()
    other.feed(begin, marked(10), pointer(7), headRead(head(7, 4)), read(log, 8))
    expect(other.feed(pull)).toEqual(["End nothing"])
  })

  it("reads the tail again where it is more than may be kept", () => {
    const log = new ModelLog()
    for (const seqNr of [1, 2, 3]) log.append("a", { _tag: "Append", seqNrs: [seqNr] }, 0)
    const one = reader({ tailBytes: 100 })
    one.feed(begin, marked(3), pointer(undefined), headRead(undefined), read(log, 0))
    one.feed(pointer(undefined))
    expect(one.feed(pull)).toEqual(["Events 1"])
    expect(one.feed(pull)).toEqual(["ReadLog 1"])
    expect(one.feed(read(log, 1))).toEqual(["Events 2 3"])
    expect(one.feed(pull)).toEqual(["End 0..3"])
  })

  it("reports an event of the tail that lost its number", () => {
    const log = new ModelLog()
    log.append("a", { _tag: "Append", seqNrs: [1] }, 0)
    log.append("a", { _tag: "Append", seqNrs: [1, 2] }, 0)
    const one = reader()
    one.feed(begin, marked(2), pointer(undefined), headRead(undefined), read(log, 0), pointer(undefined))
    expect(one.feed(pull)).toEqual(["Conflict 1 @1", "Events 1 2"])
  })

  describe("where the store moves on while it is read", () => {
    const storing = (of: JournalHead) => {
      const one = reader()
      one.feed(begin, marked(9), pointer(8), headRead(of))
      expect(one.feed(pull)).toEqual([`ReadEvents ${of.deleteTo + 1}..${of.seqNr} limit 3`])
      return one
    }

    it("reads the head again after a page with a gap, and gives the page out where the head is the same", () => {
      const one = storing(head(7, 4))
      expect(one.feed(eventsRead(event(1), event(2), event(4)))).toEqual(["ReadHead"])
      expect(one.feed(headRead(head(8, 5)))).toEqual(["Events 1 2 4"])
    })

    it("begins again below its mark where nothing was given out", () => {
      const one = storing(head(7, 4))
      one.feed(eventsRead(event(3), event(4)))
      expect(one.feed(headRead(head(12, 4, { deleteTo: 2 })))).toEqual(["ReadPointer"])
      expect(one.feed(pointer(12))).toEqual(["ReadHead"])
      expect(one.feed(headRead(head(12, 4, { deleteTo: 2 })))).toEqual(["ReadLog 13"])
      expect(one.feed(logReaches)).toEqual(["ReadEvents 3..4 limit 3"])
    })

    it("fails with Changed where the store never holds still, also when nothing was given out", () => {
      const one = reader()
      one.feed(begin, pull, marked(9), pointer(8))
      let begun = 1
      for (let round = 1; round <= 100; round++) {
        one.feed(headRead(head(7, 4, { recordId: `${round}` })), eventsRead(event(3), event(4)))
        const [last] = one.feed(headRead(head(7, 4, { recordId: `${round + 1}` })))
        if (last !== "ReadPointer") {
          expect(last).toBe("Fail Changed")
          break
        }
        begun++
        one.feed(pointer(8))
      }
      expect(begun).toBe(10)
    })

    it("fails with Changed where events were given out that the delete reaches beyond", () => {
      const one = storing(head(7, 6))
      one.feed(eventsRead(event(1), event(2), event(3)), pull, eventsRead(event(6)))
      expect(one.feed(headRead(head(12, 6, { deleteTo: 5 })))).toEqual(["Fail Changed"])
    })

    it("goes on where a delete reaches only what was given out", () => {
      const one = storing(head(7, 6))
      one.feed(eventsRead(event(1), event(2), event(3)), pull, eventsRead(event(4), event(6)))
      expect(one.feed(headRead(head(12, 6, { deleteTo: 3 })))).toEqual(["Events 4 6"])
    })

    it("takes events that are younger than the head for another incarnation's", () => {
      const one = storing(head(7, 3))
      expect(one.feed(eventsRead(event(1, 10), event(2, 11), event(3, 12)))).toEqual(["ReadHead"])
      expect(one.feed(headRead(head(12, 3, { recordId: "second" })))).toEqual(["ReadPointer"])
    })

    it("reads the pointer again where there is no head and the tail has events", () => {
      const log = new ModelLog()
      log.end = 5
      log.append("a", { _tag: "Append", seqNrs: [6] }, 0)
      const one = reader()
      one.feed(begin, pull, marked(6), pointer(4), headRead(undefined))
      expect(one.feed(read(log, 5))).toEqual(["ReadPointer"])
      expect(one.feed(pointer(4))).toEqual(["Events 6"])
      const other = reader()
      other.feed(begin, pull, marked(6), pointer(4), headRead(undefined), read(log, 5))
      expect(other.feed(pointer(5))).toEqual(["ReadPointer"])
      expect(other.feed(pointer(7), headRead(undefined), logReaches)).toEqual(["ReadHead", "ReadLog 8", "End nothing"])
    })
  })

  describe("where the log fails", () => {
    const scanning = () => {
      const one = reader()
      one.feed(tick(1000), begin, pull, marked(9), pointer(4), headRead(undefined))
      return one
    }
    const readerOfNothing = () => {
      const one = reader()
      one.feed(tick(1000), begin, pull, marked(9), pointer(undefined), headRead(undefined))
      return one
    }
    const retry: Recovery.RecoveryInput = { _tag: "LogFailed", failure: { _tag: "Retry", error: unavailable } }
    const lost = new JournalError({ reason: "Lost", topic, message: "The records are gone." })
    const trimmed: Recovery.RecoveryInput = {
      _tag: "LogFailed",
      failure: { _tag: "Trimmed", error: lost, logStart: 8 }
    }

    it("reads again after a back-off, until its patience ends", () => {
      const one = scanning()
      expect(one.feed(retry)).toEqual([])
      expect(one.wakeAt()).toBe(1020)
      expect(one.feed(tick(1020))).toEqual(["ReadLog 5 again"])
      expect(one.feed(retry, tick(1099))).toEqual(["ReadLog 5 again"])
      expect(one.wakeAt()).toBe(1100)
      expect(one.feed(tick(1100))).toEqual(["Fail Unavailable"])
    })

    it("fails likewise where the log does not show what stands before the mark", () => {
      const one = readerOfNothing()
      expect(one.feed({ _tag: "LogRead", page: emptyPage }, tick(1100))).toEqual(["Fail Unavailable"])
    })

    it("looks for the pointer again where the log begins later, and goes on from there", () => {
      const one = scanning()
      expect(one.feed(trimmed)).toEqual(["ReadPointer"])
      expect(one.feed(pointer(7), headRead(head(7, 1)))).toEqual(["ReadHead", "ReadLog 8"])
    })

    it("has its whole patience again once the log has answered that it begins later", () => {
      const one = scanning()
      expect(one.feed(retry, tick(1020))).toEqual(["ReadLog 5 again"])
      one.feed(trimmed, pointer(8), headRead(head(8, 4)))
      expect(one.feed(eventsRead(event(1), event(2), event(3)))).toEqual(["Events 1 2 3"])
      expect(one.wakeAt()).toBeUndefined()
      expect(one.feed(tick(1100))).toEqual([])
    })

    it("needs no log that begins later than the store ends, where the mark is in the store", () => {
      const one = reader()
      one.feed(begin, pull, marked(3), pointer(5))
      expect(one.feed(headRead(head(2, 1)))).toEqual(["ReadLog 6"])
      expect(one.feed(trimmed)).toEqual(["ReadEvents 1..1 limit 3"])
      expect(one.feed(eventsRead(event(1)), pull)).toEqual(["Events 1", "End 0..1"])
    })

    it("fails with Lost where the pointer is still below the start of the log", () => {
      expect(scanning().feed(trimmed, pointer(6), headRead(undefined))).toEqual([
        "ReadPointer",
        "ReadHead",
        "Fail Lost"
      ])
    })

    it("fails with Lost where nothing was ever replicated and the log does not begin at 0", () => {
      expect(readerOfNothing().feed(trimmed, pointer(undefined), headRead(undefined))).toEqual([
        "ReadPointer",
        "ReadHead",
        "Fail Lost"
      ])
    })

    it("goes on from the pointer where a replicator has written its first one meanwhile", () => {
      expect(readerOfNothing().feed(trimmed, pointer(7), headRead(undefined))).toEqual([
        "ReadPointer",
        "ReadHead",
        "ReadLog 8"
      ])
    })

    it("fails at once with what no second read will mend, and with what cannot be decoded", () => {
      expect(scanning().feed({ _tag: "LogFailed", failure: { _tag: "Final", error: lost } })).toEqual(["Fail Lost"])
      const bad = encodeUtf8('{"append":{"range":{"from":2,"to":1},"payloadType":"json"}}')
      const headers = [{ name: "journal.action", value: bad }]
      const record = { offset: 5, timestamp: 0, key: encodeUtf8("a"), value: null, headers }
      const page = { records: [record], nextOffset: 6, logStart: 0, stableEnd: 9 }
      expect(scanning().feed({ _tag: "LogRead", page })).toEqual(["Fail Corrupt"])
    })

    it("is not harmed by records of other journals that cannot be decoded", () => {
      const bad = encodeUtf8('{"append":{"range":{"from":2,"to":1},"payloadType":"json"}}')
      const headers = [{ name: "journal.action", value: bad }]
      const record = { offset: 5, timestamp: 0, key: encodeUtf8("b"), value: null, headers }
      const page = { records: [record], nextOffset: 9, logStart: 0, stableEnd: 9 }
      expect(scanning().feed({ _tag: "LogRead", page })).toEqual(["End nothing"])
    })
  })
})
