import type { WriteStep } from "../ports/index.ts"

/** Steps that may be carried out beside one another, by what they do. */
export interface WriteStage {
  readonly putEvents: ReadonlyArray<Extract<WriteStep, { readonly _tag: "PutEvents" }>>
  readonly putHeads: ReadonlyArray<Extract<WriteStep, { readonly _tag: "PutHead" }>>
  readonly removeEvents: ReadonlyArray<Extract<WriteStep, { readonly _tag: "RemoveEvents" }>>
  readonly removeHeads: ReadonlyArray<Extract<WriteStep, { readonly _tag: "RemoveHead" }>>
  readonly putPointers: ReadonlyArray<Extract<WriteStep, { readonly _tag: "PutPointer" }>>
}

type Draft = { readonly [Kind in keyof WriteStage]: Array<WriteStage[Kind][number]> }

const emptyStage = (): Draft => ({
  putEvents: [],
  putHeads: [],
  removeEvents: [],
  removeHeads: [],
  putPointers: []
})

const add = (stage: Draft, step: Exclude<WriteStep, { readonly _tag: "PutPointer" }>): void => {
  switch (step._tag) {
    case "PutEvents":
      stage.putEvents.push(step)
      return
    case "PutHead":
      stage.putHeads.push(step)
      return
    case "RemoveEvents":
      stage.removeEvents.push(step)
      return
    case "RemoveHead":
      stage.removeHeads.push(step)
  }
}

/**
 * In which stages a store without transactions may carry out steps, one stage after the other.
 *
 * **When to use**
 *
 * In the `write` of a store that is not atomic, so that what belongs to different journals is sent together.
 *
 * **Details**
 *
 * A stage has at most one step of each journal, and a journal's steps are in stages in their order. A pointer has a stage
 * to itself, behind all that come before it.
 */
export const writeStages = (steps: ReadonlyArray<WriteStep>): ReadonlyArray<WriteStage> => {
  const stages: Array<Draft> = []
  const stageOf = new Map<string, number>()
  let first = 0
  for (const step of steps) {
    if (step._tag === "PutPointer") {
      stages.push({ ...emptyStage(), putPointers: [step] })
      first = stages.length
      continue
    }
    const name = `${step.key.topic.length}:${step.key.topic}${step.key.id}`
    const at = Math.max(first, (stageOf.get(name) ?? -1) + 1)
    stageOf.set(name, at)
    const stage = stages[at] ?? emptyStage()
    stages[at] = stage
    add(stage, step)
  }
  return stages
}
