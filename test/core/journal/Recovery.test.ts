import { describe, expect, it } from "vitest"
import { encodeUtf8 } from "../../../core/bytes/index.ts"
import { JournalError, Recovery } from "../../../core/journal/index.ts"
import type { TailSummary } from "../../../core/journal/index.ts"
import type { EventRecord, JournalHead, LogPage } from "../../../core/ports/index.ts"
import { ModelLog, topic } from "../../simulation/journal/JournalModel.ts"

const { recovery, start } = Recovery

const head = (offset: number, seqNr: number, over: Partial<JournalHead> = {}): JournalHead => ({
  partition: 0,
  offset,
  seqNr,
  deleteTo: 0,
  recordId: "first",
  created: 0,
  updated: 0,
  expireAfter: undefined,
  expireOn: undefined,
  origin: undefined,
  ...over
})

const event = (seqNr: number, offset = seqNr): EventRecord => ({
  seqNr,
  tags: [],
  payload: undefined,
  timestamp: 0,
  partition: 0,
  offset,
  origin: undefined,
  version: undefined,
  metadata: { header: undefined, payload: undefined, expireAfter: undefined },
  headers: new Map()
})

const show = (output: Recovery.RecoveryOutput): string => {
  switch (output._tag) {
    case "ReadEvents":
      return `ReadEvents ${output.from}..${output.to} limit ${output.limit}`
    case "ReadLog":
      return `ReadLog ${output.offset}${output.retrying ? " again" : ""}`
    case "Events":
      return `Events ${output.events.map(({ seqNr }) => seqNr).join(" ")}`
    case "Conflict":
      return `Conflict ${output.seqNr} @${output.offset}`
    case "End":
      return `End ${output.state === undefined ? "nothing" : `${output.state.deleteTo}..${output.state.seqNr}`}`
    case "Fail":
      return `Fail ${output.error.reason}`
    case "AskTail":
      return `AskTail ${output.mark}`
    default:
      return output._tag
  }
}

const reader = (config: Partial<Recovery.RecoveryConfig> = {}) => {
  let state = start({
    key: { topic, id: "a" },
    keyBytes: encodeUtf8("a"),
    partition: 0,
    from: 1,
    to: 1000,
    events: true,
    cached: false,
    pageEvents: 3,
    tailBytes: 1000,
    patienceMs: 100,
    ...config
  })
  const feed = (...inputs: ReadonlyArray<Recovery.RecoveryInput>): ReadonlyArray<string> =>
    inputs.flatMap((input) => {
      const [next, outputs] = recovery.step(state, input)
      state = next
      return outputs.map(show)
    })
  return { feed, wakeAt: () => recovery.wakeAt(state) }
}

const begin: Recovery.RecoveryInput = { _tag: "Begin" }
const pull: Recovery.RecoveryInput = { _tag: "Pull" }
const tick = (now: number): Recovery.RecoveryInput => ({ _tag: "Tick", now })
const marked = (offset: number): Recovery.RecoveryInput => ({ _tag: "Marked", offset })
const pointer = (offset: number | undefined): Recovery.RecoveryInput => ({ _tag: "PointerRead", offset })
const headRead = (of: JournalHead | undefined): Recovery.RecoveryInput => ({ _tag: "HeadRead", head: of })
const eventsRead = (...events: ReadonlyArray<EventRecord>): Recovery.RecoveryInput => ({ _tag: "EventsRead", events })

const read = (log: ModelLog, from: number): Recovery.RecoveryInput => {
  const page = log.read(from, 100)
  if (page === undefined) throw new Error("The log begins later.")
  return { _tag: "LogRead", page }
}

const unavailable = new JournalError({ reason: "Unavailable", topic, message: "The log is down." })
const lostEnd = new JournalError({ reason: "Lost", topic, message: "The log ends before the store." })
const emptyPage: LogPage = { records: [], nextOffset: 0, logStart: 0, stableEnd: 0 }
/** A read at the end of the log, which shows that it reaches so far. */
const logReaches: Recovery.RecoveryInput = {
  _tag: "LogRead",
  page: emptyPage
}

describe("the recovery of a journal", () => {
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
    const scanning = (at: number | undefined = 4) => {
      const one = reader()
      one.feed(tick(1000), begin, pull, marked(9), pointer(at), headRead(undefined))
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
      const one = scanning(undefined)
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

    it("begins at the start of the log where nothing was ever replicated", () => {
      const one = scanning(undefined)
      expect(one.feed(trimmed, pointer(undefined), headRead(undefined))).toEqual([
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
  const asking = (config: Partial<Recovery.RecoveryConfig> = {}) => {
    const one = reader({ cached: true, ...config })
    expect(one.feed(begin)).toEqual(["Mark"])
    expect(one.feed(marked(20))).toEqual(["AskTail 20"])
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
    const initial = start({
      key: { topic, id: "a" },
      keyBytes: encodeUtf8("a"),
      partition: 0,
      from: 1,
      to: 1000,
      events: true,
      cached: true,
      pageEvents: 3,
      tailBytes: 1000,
      patienceMs: 100
    })
    const steps = [begin, pull, marked(20), known({ ...summary, purged: true })]
    const [, outputs] = steps.reduce(([state], input) => recovery.step(state, input), recovery.step(initial, tick(0)))
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
    expect(other.feed(pull, late, headRead(head(10, 6)))).toEqual(["ReadHead", "ReadLog 12"])
  })

  it("H1: asks the store for nothing where the tail purges the journal, and reads the log only after that", () => {
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
    const one = asking()
    expect(one.feed({ _tag: "TailKnown", answer: { _tag: "Unknown", why: "timeout" } })).toEqual(["ReadPointer"])
    expect(one.feed(pointer(9), headRead(head(7, 4)))).toEqual(["ReadHead", "ReadLog 10"])
    expect(one.feed(read(log, 10))).toEqual(["ReadLog 14"])
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

  it("H4: ends where the log was read up to the tail's last action, whether or not a record stands there", () => {
    const one = asking()
    one.feed(pull, known({ ...summary, purged: true }))
    expect(one.feed({ _tag: "LogRead", page: { records: [], nextOffset: 13, logStart: 0, stableEnd: 20 } })).toEqual([
      "End 2..6"
    ])
  })
})
