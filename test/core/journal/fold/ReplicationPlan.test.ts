import { describe, expect, it } from "vitest"
import { planJournal } from "../../../../core/journal/index.ts"
import type { PlacedAction } from "../../../../core/journal/index.ts"
import type { EventRecord, JournalHead, WriteStep } from "../../../../core/ports/index.ts"

const key = { topic: "orders", id: "a" }
const day = 86_400_000

const append = (offset: number, seqNrs: ReadonlyArray<number>, expireAfter?: string): PlacedAction => ({
  _tag: "Append",
  offset,
  timestamp: offset * 10,
  origin: "node-1",
  range: { from: seqNrs[0] ?? 1, to: seqNrs.at(-1) ?? 1 },
  events: seqNrs.map((seqNr): EventRecord => ({
    seqNr,
    tags: [],
    payload: undefined,
    timestamp: offset * 10,
    partition: 0,
    offset,
    origin: "node-1",
    version: undefined,
    metadata: { header: undefined, payload: undefined, expireAfter },
    headers: new Map()
  }))
})
const remove = (offset: number, to: number): PlacedAction => ({
  _tag: "Delete",
  offset,
  timestamp: offset * 10,
  origin: undefined,
  to
})
const purge = (offset: number): PlacedAction => ({ _tag: "Purge", offset, timestamp: offset * 10, origin: undefined })

const show = (step: WriteStep): string => {
  switch (step._tag) {
    case "PutEvents":
      return `events ${step.events.map(({ seqNr }) => seqNr).join(" ")}`
    case "PutHead":
      return `head @${step.head.offset} ${step.head.deleteTo}..${step.head.seqNr}`
    case "RemoveEvents":
      return `remove ${step.from}..${step.to}`
    case "RemoveHead":
      return step.previous === undefined ? `purged @${step.offset}` : `no head since @${step.offset}`
    case "PutPointer":
      return "pointer"
  }
}

const plan = (stored: JournalHead | undefined, ...actions: ReadonlyArray<PlacedAction>) => {
  const planned = planJournal(key, 0, stored, actions)
  return { ...planned, story: planned.steps.map(show) }
}

/** The head that these actions lead to. */
const headOf = (...actions: ReadonlyArray<PlacedAction>): JournalHead => {
  const { head } = plan(undefined, ...actions)
  if (head === undefined) throw new Error("The actions leave no head.")
  return head
}

describe("the plan of one journal's writes", () => {
  it("puts events before the head that promises them", () => {
    expect(plan(undefined, append(0, [1, 2]), append(1, [3])).story).toEqual(["events 1 2 3", "head @1 0..3"])
  })

  it("says in the head of a journal that begins where it begins, and removes nothing below", () => {
    expect(plan(undefined, append(0, [10_001, 10_002])).story).toEqual(["events 10001 10002", "head @0 10000..10002"])
    expect(plan(undefined, append(0, [5, 6]), append(1, [7])).story).toEqual(["events 5 6 7", "head @1 4..7"])
    expect(plan(headOf(append(0, [1, 2])), purge(5), append(6, [4])).story).toEqual([
      "head @0 2..2",
      "remove 1..2",
      "no head since @5",
      "events 4",
      "head @6 3..4"
    ])
  })

  it("removes of a journal that begins what is deleted of it, and nothing below", () => {
    expect(plan(undefined, append(0, [5, 6, 7]), remove(1, 6)).story).toEqual([
      "events 7",
      "head @1 6..7",
      "remove 5..6"
    ])
    expect(plan(undefined, append(0, [5, 6]), remove(1, 2)).story).toEqual(["events 5 6", "head @1 4..6"])
    expect(plan(headOf(append(0, [5, 6])), remove(1, 5)).story).toEqual(["head @1 5..6", "remove 5..5"])
  })

  it("leaves the head of a journal that goes on as it is, also one that does not say where it began", () => {
    const stored = { ...headOf(append(0, [5, 6])), deleteTo: 0 }
    expect(plan(stored, append(1, [7])).story).toEqual(["events 7", "head @1 0..7"])
    expect(plan(stored, append(0, [5, 6]), append(1, [9])).story).toEqual(["events 9", "head @1 0..9"])
  })

  it("removes events after the head that gives them up", () => {
    expect(plan(headOf(append(0, [1, 2, 3])), remove(4, 2)).story).toEqual(["head @4 2..3", "remove 1..2"])
  })

  it("removes only what an earlier delete has left", () => {
    expect(plan(headOf(append(0, [1, 2, 3]), remove(1, 1)), remove(4, 2)).story).toEqual([
      "head @4 2..3",
      "remove 2..2"
    ])
  })

  it("never writes events that the same batch deletes", () => {
    expect(plan(undefined, append(0, [1, 2, 3]), remove(1, 2)).story).toEqual([
      "events 3",
      "head @1 2..3",
      "remove 1..2"
    ])
  })

  it("105. moves only the head where a delete leaves nothing to remove", () => {
    expect(plan(headOf(append(0, [1, 2]), remove(1, 2)), remove(5, 2)).story).toEqual(["head @5 2..2"])
  })

  it("116. clamps a delete to the last event", () => {
    expect(plan(headOf(append(0, [1, 2])), remove(5, 9)).story).toEqual(["head @5 2..2", "remove 1..2"])
  })

  it("never lowers a delete", () => {
    expect(plan(headOf(append(0, [1, 2, 3]), remove(1, 2)), remove(5, 1)).story).toEqual(["head @5 2..3"])
  })

  it("begins a journal that does not exist at the number of its delete", () => {
    expect(plan(undefined, remove(5, 4)).story).toEqual(["head @5 4..4"])
  })

  it("104., 106. and 117. passes over what the head has already", () => {
    const stored = headOf(append(3, [1, 2]))
    expect(plan(stored, append(3, [1, 2])).story).toEqual([])
    expect(plan(stored, append(3, [1, 2]), append(4, [3])).story).toEqual(["events 3", "head @4 0..3"])
  })

  it("removes again what a redelivered delete was to remove", () => {
    const stored = headOf(append(0, [1, 2, 3]), remove(1, 2))
    expect(plan(stored, remove(1, 2)).story).toEqual(["remove 1..2"])
  })

  it("107. empties the head before a purge removes rows, and removes the head after them", () => {
    expect(plan(headOf(append(0, [1, 2])), purge(5)).story).toEqual(["head @0 2..2", "remove 1..2", "no head since @5"])
  })

  it("109. changes nothing for a purge of no journal, and says where it was", () => {
    expect(plan(undefined, purge(5)).story).toEqual(["purged @5"])
    expect(plan(undefined, purge(5), purge(7)).story).toEqual(["purged @7"])
  })

  it("removes for a purge of no journal nothing of what comes after it: another replicator may have written that", () => {
    expect(plan(undefined, purge(5), append(6, [1, 2])).story).toEqual(["events 1 2", "head @6 0..2"])
    expect(plan(undefined, append(4, [1]), purge(5), append(6, [1, 2])).story).toEqual(["events 1 2", "head @6 0..2"])
    expect(plan(undefined, purge(4), append(5, [1, 2]), purge(6)).story).toEqual(["purged @6"])
  })

  it("removes for a purge what the stored head promises, and nothing of what comes after it", () => {
    const stored = headOf(append(0, [1, 2]))
    expect(plan(stored, purge(5), append(6, [1, 2, 3, 4]), remove(7, 3)).story).toEqual([
      "head @0 2..2",
      "remove 1..2",
      "no head since @5",
      "events 4",
      "head @7 3..4",
      "remove 1..3"
    ])
    expect(plan(stored, purge(5), append(6, [1]), purge(7)).story).toEqual([
      "head @0 2..2",
      "remove 1..2",
      "no head since @7"
    ])
  })

  it("begins again after a purge, as another incarnation", () => {
    const stored = headOf(append(0, [1, 2]))
    const { head, story } = plan(stored, purge(5), append(6, [1]))
    expect(story).toEqual(["head @0 2..2", "remove 1..2", "no head since @5", "events 1", "head @6 0..1"])
    expect(head?.recordId).not.toBe(stored.recordId)
    expect(head?.created).toBe(60)
  })

  it("says of the events of a journal that begins, also after a purge, that there was no head", () => {
    const stored = headOf(append(0, [1, 2]))
    const previous = (...steps: ReadonlyArray<WriteStep>) =>
      steps.flatMap((step) => (step._tag === "PutEvents" ? [step.previous] : []))
    expect(previous(...plan(undefined, append(0, [1])).steps)).toEqual([undefined])
    expect(previous(...plan(stored, append(4, [3])).steps)).toEqual([stored])
    expect(previous(...plan(stored, purge(5), append(6, [1])).steps)).toEqual([undefined])
  })

  it("114. keeps the incarnation's name, creation and origin", () => {
    const stored = headOf(append(2, [1]))
    const { head, steps } = plan(stored, append(7, [2]))
    expect(head).toMatchObject({ recordId: stored.recordId, created: 20, updated: 70, origin: "node-1" })
    expect(steps[0]).toMatchObject({ _tag: "PutEvents", head, previous: stored })
    expect(steps[1]).toMatchObject({ _tag: "PutHead", previous: stored })
  })

  it("leaves out and reports an event that lost its number", () => {
    const { conflicts, events, story } = plan(headOf(append(0, [1, 2])), append(4, [2, 3]))
    expect(story).toEqual(["events 3", "head @4 0..3"])
    expect(conflicts).toEqual([{ id: "a", seqNr: 2, offset: 4 }])
    expect(events).toBe(1)
  })

  it("100., 138. and 165. takes the expiry of the last append", () => {
    const { head } = plan(undefined, append(0, [1], "1 day"), append(1, [2], "2 days"))
    expect(head).toMatchObject({ expireAfter: "2 days", expireOn: "1970-01-03" })
  })

  it("102. and 165. keeps the expiry's words where neither its length nor its date changes", () => {
    const { head } = plan(headOf(append(0, [1], "1 day")), append(1, [2], "24 hours"))
    expect(head).toMatchObject({ expireAfter: "1 day", expireOn: "1970-01-02" })
  })

  it("101. and 165. moves the date of an expiry with the last append", () => {
    const { head } = plan(headOf(append(0, [1], "1 day")), { ...append(1, [2], "1 day"), timestamp: day })
    expect(head?.expireOn).toBe("1970-01-02")
    const later = append(day / 10, [2], "1 day")
    expect(plan(headOf(append(0, [1], "1 day")), later).head?.expireOn).toBe("1970-01-03")
  })

  it("has no date where the time stamp is so far off that there is none", () => {
    const { expireAfter, expireOn, updated } = headOf(append(9e14, [1], "1 day"))
    expect({ expireAfter, expireOn, updated }).toEqual({ expireAfter: "1 day", expireOn: undefined, updated: 9e15 })
  })

  it("103. and 165. drops the expiry after an append without one, and keeps it over a delete", () => {
    const stored = headOf(append(0, [1], "1 day"))
    expect(plan(stored, append(1, [2])).head).toMatchObject({ expireAfter: undefined, expireOn: undefined })
    expect(plan(stored, remove(1, 1)).head).toMatchObject({ expireAfter: "1 day", expireOn: "1970-01-02" })
  })
})
