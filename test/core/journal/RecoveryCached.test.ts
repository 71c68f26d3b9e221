import { describe, expect, it } from "vitest"
import { encodeUtf8 } from "../../../core/bytes/index.ts"
import { JournalError, Recovery } from "../../../core/journal/index.ts"
import type { TailSummary } from "../../../core/journal/index.ts"
import { ModelLog, topic } from "../../../core/scenarios/journal/JournalModel.ts"
import {
  begin,
  event,
  eventsRead,
  head,
  headRead,
  logReaches,
  marked,
  pointer,
  pull,
  read,
  reader,
  tick
} from "./ScriptedReader.ts"

describe("the recovery of a journal whose tail somebody knows", () => {
  type Summary = TailSummary.TailSummary
  /** An append of 5 and 6 at offset 10, and a delete up to 2 at offset 12. */
  const summary: Summary = {
    first: 10,
    last: 12,
    purged: false,
    appendedTo: 6,
    deleteTo: 2,
    deletedTo: 2,
    alone: { seqNr: 6, deleteTo: 2 }
  }
  const log = new ModelLog()
  log.end = 10
  log.append("a", { _tag: "Append", seqNrs: [5, 6] }, 0)
  log.append("b", { _tag: "Append", seqNrs: [1] }, 0)
  log.append("a", { _tag: "Delete", to: 2 }, 0)
  log.append("b", { _tag: "Append", seqNrs: [2] }, 0)

  const known = (tail: Summary | undefined, to = 20): Recovery.RecoveryInput => ({
    _tag: "TailKnown",
    answer: { _tag: "Known", from: 8, to, tail }
  })
  const unknown: Recovery.RecoveryInput = { _tag: "TailKnown", answer: { _tag: "Unknown", why: "timeout" } }
  /** One that asks, and to which the store said that it has everything up to `at`, which may be more by now. */
  const asking = (config: Partial<Recovery.RecoveryConfig> = {}, at = 7) => {
    const one = reader({ cached: true, ...config })
    expect(one.feed(begin)).toEqual(["Mark", "ReadPointer"])
    expect(one.feed(pointer(at), marked(20))).toEqual(["AskTail 20"])
    return one
  }

  it("reads the store and no log where there is no tail", () => {
    const one = asking()
    expect(one.feed(known(undefined))).toEqual(["ReadHead"])
    expect(one.feed(headRead(head(7, 2)))).toEqual([])
    expect(one.feed(pull)).toEqual(["ReadEvents 1..2 limit 3"])
    expect(one.feed(eventsRead(event(1), event(2)))).toEqual(["Events 1 2"])
    expect(one.feed(pull)).toEqual(["End 0..2"])
    expect(asking().feed(pull, known(undefined), headRead(undefined))).toEqual(["ReadHead", "End nothing"])
  })

  it("reads the log's tail once, from its first action to its last, over a head that has nothing of it", () => {
    const one = asking()
    expect(one.feed(known(summary), headRead(head(7, 4)))).toEqual(["ReadHead"])
    expect(one.feed(pull)).toEqual(["ReadEvents 3..4 limit 3"])
    expect(one.feed(eventsRead(event(3), event(4)))).toEqual(["Events 3 4"])
    expect(one.feed(pull)).toEqual(["ReadLog 10"])
    expect(one.feed(read(log, 10))).toEqual(["Events 5 6"])
    expect(one.feed(pull)).toEqual(["End 2..6"])
  })

  it("says how far the log is of use to it, so that a short tail is read in a small page", () => {
    const initial = Recovery.start({
      key: { topic, id: "a" },
      keyBytes: encodeUtf8("a"),
      partition: 0,
      from: 1,
      to: 1000,
      events: true,
      trusted: true,
      cached: true,
      pageEvents: 3,
      tailBytes: 1000,
      patienceMs: 100
    })
    const steps = [begin, pull, marked(20), pointer(7), known({ ...summary, purged: true })]
    const [, outputs] = steps.reduce(
      ([state], input) => Recovery.recovery.step(state, input),
      Recovery.recovery.step(initial, tick(0))
    )
    expect(outputs).toEqual([{ _tag: "ReadLog", offset: 10, end: 13, retrying: false }])
  })

  it("needs no more than its mark and the head for the state", () => {
    const one = asking({ events: false })
    expect(one.feed(pull, known(summary), headRead(head(7, 4)))).toEqual(["ReadHead", "End 2..6"])
  })

  it("reads no log where nothing of the tail is asked for, or the tail has deletes only", () => {
    const one = asking({ to: 3 })
    one.feed(known(summary), headRead(head(7, 4)), pull)
    expect(one.feed(eventsRead(event(3)), pull)).toEqual(["Events 3", "End 2..6"])
    const deletes = { ...summary, appendedTo: 0, deletedTo: 0, alone: { seqNr: 2, deleteTo: 2 } }
    const other = asking()
    expect(other.feed(pull, known(deletes), headRead(head(7, 4)))).toEqual(["ReadHead", "ReadEvents 3..4 limit 3"])
    expect(other.feed(eventsRead(event(3), event(4)), pull)).toEqual(["Events 3 4", "End 2..4"])
  })

  it("takes the head alone where the store has the whole tail by now", () => {
    const one = asking()
    expect(one.feed(pull, known(summary), headRead(head(12, 6, { deleteTo: 2 })))).toEqual([
      "ReadHead",
      "ReadEvents 3..6 limit 3"
    ])
    expect(one.feed(eventsRead(event(3), event(4), event(5)), pull, eventsRead(event(6)), pull)).toEqual([
      "Events 3 4 5",
      "ReadEvents 6..6 limit 3",
      "Events 6",
      "End 2..6"
    ])
  })

  it("scans what is left of the tail where the store has a part of it by now", () => {
    const one = asking({ events: false })
    expect(one.feed(pull, known(summary), headRead(head(10, 6)))).toEqual(["ReadHead", "ReadLog 11"])
    expect(one.feed(read(log, 11))).toEqual(["End 2..6"])
    const other = asking({ events: false })
    const late: Recovery.RecoveryInput = {
      _tag: "TailKnown",
      answer: { _tag: "Known", from: 12, to: 20, tail: summary }
    }
    expect(other.feed(pull, late, pointer(11), headRead(head(10, 6)))).toEqual([
      "ReadPointer",
      "ReadHead",
      "ReadLog 12"
    ])
  })

  it("H1: asks for no head and no event where the tail purges the journal, and reads the log only after that", () => {
    const purged: Summary = { ...summary, purged: true, alone: { seqNr: 6, deleteTo: 2 } }
    const one = asking()
    expect(one.feed(pull, known(purged))).toEqual(["ReadLog 10"])
    expect(one.feed(read(log, 10))).toEqual(["Events 5 6"])
    expect(one.feed(pull)).toEqual(["End 2..6"])
    const gone: Summary = { ...purged, first: undefined, alone: undefined }
    expect(asking().feed(pull, known(gone))).toEqual(["End nothing"])
  })

  it("reads the pointer where there is no head, and begins again without asking where it has reached the tail", () => {
    const one = asking()
    expect(one.feed(pull, known(summary), headRead(undefined))).toEqual(["ReadHead", "ReadPointer"])
    expect(one.feed(pointer(9))).toEqual(["ReadLog 10"])
    const other = asking()
    other.feed(pull, known(summary), headRead(undefined))
    expect(other.feed(pointer(10))).toEqual(["ReadPointer"])
    expect(other.feed(pointer(20), headRead(head(20, 7)))).toEqual(["ReadHead", "ReadEvents 1..7 limit 3"])
  })

  it("looks whether the log reaches as far as the head where that is beyond what was read", () => {
    const one = asking()
    expect(one.feed(pull, known(undefined, 21), headRead(head(25, 2)))).toEqual(["ReadHead", "ReadLog 26"])
    expect(one.feed(logReaches)).toEqual(["ReadEvents 1..2 limit 3"])
  })

  it("goes on as if nobody could be asked where nothing is known", () => {
    const one = asking({}, 9)
    expect(one.feed(unknown)).toEqual(["ReadHead"])
    expect(one.feed(headRead(head(7, 4)))).toEqual(["ReadLog 10"])
    expect(one.feed(read(log, 10))).toEqual(["ReadLog 14"])
  })

  it("reads the head only after the pointer, whether that comes before the answer or after it", () => {
    for (const answer of [known(undefined), known(summary), unknown]) {
      const one = reader({ cached: true })
      expect(one.feed(begin, marked(20), answer)).toEqual(["Mark", "ReadPointer", "AskTail 20"])
      expect(one.feed(pointer(7))).toEqual(["ReadHead"])
    }
  })

  it("looks at the pointer once more where it had not come to the tail when it was read", () => {
    const one = asking({}, 6)
    expect(one.feed(pull, known(undefined))).toEqual(["ReadPointer"])
    expect(one.feed(pointer(7))).toEqual(["ReadHead"])
    expect(one.feed(headRead(head(7, 2)))).toEqual(["ReadEvents 1..2 limit 3"])
  })

  it("reads the log from the pointer on, as if nothing were known, where the pointer has gone back", () => {
    const one = asking({}, 4)
    expect(one.feed(pull, known(undefined))).toEqual(["ReadPointer"])
    expect(one.feed(pointer(4))).toEqual(["ReadHead"])
    expect(one.feed(headRead(head(3, 4)))).toEqual(["ReadLog 5"])
    const emptied = reader({ cached: true })
    emptied.feed(begin, pull, marked(20), known(summary))
    expect(emptied.feed(pointer(undefined), pointer(undefined))).toEqual(["ReadPointer", "ReadHead"])
    expect(emptied.feed(headRead(undefined))).toEqual(["ReadLog 0"])
  })

  it("begins again without asking where the tail was trimmed", () => {
    const one = asking()
    const lost = new JournalError({ reason: "Lost", topic, message: "The records are gone." })
    one.feed(pull, known({ ...summary, purged: true }))
    expect(one.feed({ _tag: "LogFailed", failure: { _tag: "Trimmed", error: lost, logStart: 13 } })).toEqual([
      "ReadPointer"
    ])
    expect(one.feed(pointer(13), headRead(head(12, 6)))).toEqual(["ReadHead", "ReadLog 14"])
  })

  it("tells events that are lost from events that are to be read again where the tail was trimmed behind what was given", () => {
    const lost = new JournalError({ reason: "Lost", topic, message: "The records are gone." })
    const given = () => {
      const one = asking()
      one.feed(known(summary), headRead(head(7, 4)), pull, eventsRead(event(3), event(4)))
      expect(one.feed(pull)).toEqual(["ReadLog 10"])
      expect(one.feed({ _tag: "LogFailed", failure: { _tag: "Trimmed", error: lost, logStart: 13 } })).toEqual([
        "ReadPointer"
      ])
      return one
    }
    for (const at of [undefined, 7, 11]) expect(given().feed(pointer(at))).toEqual(["Fail Lost"])
    for (const at of [12, 20]) expect(given().feed(pointer(at))).toEqual(["Fail Changed"])
  })

  it("H4: ends where the log was read up to the tail's last action, whether or not a record stands there", () => {
    const one = asking()
    one.feed(pull, known({ ...summary, purged: true }))
    expect(one.feed({ _tag: "LogRead", page: { records: [], nextOffset: 13, logStart: 0, stableEnd: 20 } })).toEqual([
      "End 2..6"
    ])
  })
})
