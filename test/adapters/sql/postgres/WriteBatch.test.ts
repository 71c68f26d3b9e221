import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { batchOf } from "../../../../adapters/sql/postgres/WriteBatch.ts"
import {
  event,
  head,
  putEvents,
  putHead,
  putPointer,
  removeHead
} from "../../../../core/ports/contract/JournalStoreSamples.ts"
import type { WriteStep } from "../../../../core/ports/index.ts"

const key = (id: string) => ({ topic: "orders", id })

/** The rows that are left when the steps are done one after the other. */
const oneByOne = (steps: ReadonlyArray<WriteStep>) => {
  const rows = new Map<string, unknown>()
  for (const step of steps) {
    if (step._tag === "PutEvents") for (const each of step.events) rows.set(`${step.key.id} ${each.seqNr}`, each)
    if (step._tag === "RemoveEvents") {
      for (let seqNr = step.from; seqNr <= step.to; seqNr++) rows.delete(`${step.key.id} ${seqNr}`)
    }
    if (step._tag === "PutHead") rows.set(step.key.id, step.head)
    if (step._tag === "RemoveHead" && step.previous !== undefined) rows.delete(step.key.id)
  }
  return rows
}

/** The rows that are left when the batch is done on these rows. */
const together = (steps: ReadonlyArray<WriteStep>, before: ReadonlyArray<WriteStep>) => {
  const rows = oneByOne(before)
  const batch = batchOf(steps)
  for (const { from, key, to } of batch.removedEvents) {
    for (let seqNr = from; seqNr <= to; seqNr++) rows.delete(`${key.id} ${seqNr}`)
  }
  for (const { event, key } of batch.events) rows.set(`${key.id} ${event.seqNr}`, event)
  for (const { id } of batch.removedHeads) rows.delete(id)
  for (const { head, key } of batch.heads) rows.set(key.id, head)
  return rows
}

const id = fc.constantFrom("a", "b")
const number = fc.integer({ min: 1, max: 5 })
const anyStep: fc.Arbitrary<WriteStep> = fc.oneof(
  fc
    .record({ id, number, offset: fc.nat(9) })
    .map(({ id, number, offset }) => putEvents(key(id), [event(number, { offset })])),
  fc.record({ id, number }).map(({ id, number }) => putHead(key(id), head(number))),
  fc.record({ id, from: number, to: number }).map(({ id, from, to }): WriteStep => ({
    _tag: "RemoveEvents",
    key: key(id),
    head: head(5),
    from,
    to
  })),
  id.map((id) => removeHead(key(id), head(1))),
  id.map((id): WriteStep => ({ _tag: "RemoveHead", key: key(id), previous: undefined, partition: 3, offset: 1 }))
)

describe("batchOf", () => {
  it("leaves the rows that the steps leave one after the other", () => {
    fc.assert(
      fc.property(fc.array(anyStep), fc.array(anyStep), (before, steps) => {
        expect(together(steps, before)).toEqual(oneByOne([...before, ...steps]))
      })
    )
  })

  it("writes no row twice", () => {
    fc.assert(
      fc.property(fc.array(anyStep), (steps) => {
        const { events, heads, removedHeads } = batchOf(steps)
        const rows = events.map(({ event, key }) => `${key.id} ${event.seqNr}`)
        const journals = [...heads.map(({ key }) => key.id), ...removedHeads.map(({ id }) => id)]
        expect(new Set(rows).size).toBe(rows.length)
        expect(new Set(journals).size).toBe(journals.length)
      })
    )
  })

  it("moves pointers in the order of topics and partitions, and those of one partition in the order of the steps", () => {
    const steps = [putPointer("b", 1, 5), putPointer("b", 0, 3), putPointer("a", 7, 1), putPointer("b", 0, 4, 3)]
    const { pointers } = batchOf(steps)
    expect(pointers).toEqual([steps[2], steps[1], steps[3], steps[0]])
  })
})
