import { describe, expect, it } from "vitest"
import { planJournal } from "../../../core/journal/index.ts"
import type { PlacedAction } from "../../../core/journal/index.ts"
import recorded from "../../golden/cassandra-steps.json" with { type: "json" }

type Step = (typeof recorded.steps)[number]

/** Numbers beyond 2^53 - 1 are refused. */
const steps = recorded.steps.filter(({ scenario }) => scenario !== "large")

const actionOf = ({ answer, operation }: Step): PlacedAction => {
  const base = { offset: Number(answer.offset), timestamp: 1, origin: undefined }
  if (operation.op === "purge") return { ...base, _tag: "Purge" }
  if (operation.op === "delete") return { ...base, _tag: "Delete", to: Number(operation.to) }
  const numbers = (operation.events ?? []).map(({ seqNr }) => Number(seqNr))
  const [from = 0, to = from] = [numbers[0], numbers.at(-1)]
  return { ...base, _tag: "Append", range: { from, to }, events: [] }
}

describe("heads say what kafka-journal's say", () => {
  it.each(steps.map((step, at) => [`${step.scenario}: ${step.step}`, at] as const))("%s", (_, at) => {
    const { key: id, metajournal } = steps[at]!
    const actions = steps.slice(0, at + 1).filter(({ key }) => key === id)
    const { head } = planJournal({ topic: "orders", id }, 0, undefined, actions.map(actionOf))
    const heads = metajournal.map((row) => ({ deleteTo: Number(row.delete_to ?? 0), seqNr: Number(row.seq_nr) }))
    expect(head === undefined ? [] : [{ deleteTo: head.deleteTo, seqNr: head.seqNr }]).toEqual(heads)
  })
})
