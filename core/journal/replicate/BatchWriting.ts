import type { WriteStep } from "../../ports/index.ts"
import { planJournal } from "../fold/ReplicationPlan.ts"
import type { Conflict, JournalPlan } from "../fold/ReplicationPlan.ts"
import type { Batch, ReplicationState, Writing } from "./ReplicationState.ts"

/** What is to be written of a batch, and the events that lost their numbers in it. */
export interface PlannedBatch {
  readonly writing: Writing
  readonly conflicts: ReadonlyArray<Conflict>
}

/** The move of the pointer behind a batch. */
export const pointerStep = ({ config, pointer }: ReplicationState, batch: Batch): WriteStep => ({
  _tag: "PutPointer",
  topic: config.topic,
  partition: config.partition,
  offset: batch.nextOffset - 1,
  previous: pointer
})

/** The steps of journals that are written together: of each its first, then of each its second, and so on. */
const together = (plans: ReadonlyArray<JournalPlan>): ReadonlyArray<ReadonlyArray<WriteStep>> => {
  const most = plans.reduce((longest, { steps }) => Math.max(longest, steps.length), 0)
  return Array.from({ length: most }, (_, at) => plans.flatMap(({ steps }) => steps[at] ?? []))
}

/** The lines of a store without transactions: each has some journals, of which none is in two. */
const linesOf = (plans: ReadonlyArray<JournalPlan>, journals: number): Writing["lines"] => {
  const changing = plans.filter((plan) => plan.steps.length > 0)
  const lines: Writing["lines"] = new Map()
  for (let at = 0; at < changing.length; at += journals) {
    lines.set(lines.size, together(changing.slice(at, at + journals)))
  }
  return lines
}

/** The line by itself, or where it has several journals a line for each of them in its place; answers with their numbers. */
export const divideLine = ({ lines }: Writing, line: number): ReadonlyArray<number> => {
  const journals = new Map<string, Array<ReadonlyArray<WriteStep>>>()
  for (const step of lines.get(line)?.flat() ?? []) {
    if (step._tag === "PutPointer") continue
    const steps = journals.get(step.key.id) ?? []
    journals.set(step.key.id, steps)
    steps.push([step])
  }
  if (journals.size < 2) return [line]
  const first = Math.max(...lines.keys()) + 1
  lines.delete(line)
  return Array.from(journals.values(), (steps, at) => {
    lines.set(first + at, steps)
    return first + at
  })
}

/** Plans what is to be written of a batch whose heads are known. */
export const planBatch = (state: ReplicationState, batch: Batch): PlannedBatch => {
  const { atomic, journalsAtOnce, partition, topic } = state.config
  const plans = [...batch.actions].map(([id, actions]) =>
    planJournal({ topic, id }, partition, batch.heads.get(id), actions)
  )
  const moved = batch.nextOffset - 1 > (state.pointer ?? -1)
  const whole = () => [...plans.flatMap((plan) => plan.steps), pointerStep(state, batch)]
  const lines: Writing["lines"] = atomic ? new Map(moved ? [[0, [whole()]]] : []) : linesOf(plans, journalsAtOnce)
  return {
    writing: {
      events: plans.reduce((sum, plan) => sum + plan.events, 0),
      heads: new Map(plans.map((plan) => [plan.key.id, plan.head] as const)),
      lines,
      held: new Set(),
      pointerWritten: atomic || !moved
    },
    conflicts: plans.flatMap((plan) => plan.conflicts)
  }
}
