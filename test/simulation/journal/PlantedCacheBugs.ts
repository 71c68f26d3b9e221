import { PartitionCache, Recovery } from "../../../core/journal/index.ts"
import type { TailAnswer } from "../../../core/journal/index.ts"
import type { CacheMachine, RecoveryMachine } from "./JournalWorld.ts"

type Known = Extract<TailAnswer, { readonly _tag: "Known" }>

/** A cache that answers something else. */
const answering = (
  change: (answer: TailAnswer, state: PartitionCache.PartitionCacheState) => TailAnswer
): CacheMachine => {
  const { step, wakeAt } = PartitionCache.partitionCache
  return {
    wakeAt,
    step: (state, input) => {
      const [after, outputs] = step(state, input)
      return [
        after,
        outputs.map((output) =>
          output._tag === "Reply" ? { ...output, answer: change(output.answer, after) } : output
        )
      ]
    }
  }
}

/** A cache that says something else where it knows something. */
const knowing = (change: (answer: Known) => TailAnswer): CacheMachine =>
  answering((answer) => (answer._tag === "Known" ? change(answer) : answer))

/** A cache that forgets a purge once something was appended after it. */
export const purgeForgotten = (): CacheMachine =>
  knowing((answer) =>
    answer.tail?.first === undefined ? answer : { ...answer, tail: { ...answer.tail, purged: false } }
  )

/** A cache that answers with what it has, whether or not it has come to the mark. */
export const tooEarly = (): CacheMachine => {
  const { step, wakeAt } = PartitionCache.partitionCache
  return { wakeAt, step: (state, input) => step(state, input._tag === "Get" ? { ...input, mark: 0 } : input) }
}

/** A cache that forgets a journal once the store has the first action of its tail. */
export const droppedAtFirst = (): CacheMachine =>
  knowing((answer) =>
    answer.tail?.first !== undefined && answer.tail.first < answer.from ? { ...answer, tail: undefined } : answer
  )

/** A cache that takes a journal for one without a tail when it has forgotten it. */
export const evictionForgotten = (): CacheMachine =>
  answering((answer, { tails }) =>
    answer._tag === "Unknown" && answer.why === "limited" && tails?.position !== undefined
      ? { _tag: "Known", from: tails.from, to: tails.position, tail: undefined }
      : answer
  )

/** A cache that takes a log's beginning for its journals', though its store has never had what was before it. */
export const unawareCache = (): CacheMachine => {
  const { step, wakeAt } = PartitionCache.partitionCache
  return {
    wakeAt,
    step: (state, input) => {
      const isTrimmed =
        input._tag === "Answered" && input.answer._tag === "LogFailed" && input.answer.failure._tag === "Trimmed"
      if (!isTrimmed || state.follower?.position !== 0) return step(state, input)
      const { logStart } = input.answer.failure
      const page = { records: [], nextOffset: logStart, logStart, stableEnd: logStart }
      return step(state, { ...input, answer: { _tag: "LogRead", page } })
    }
  }
}

/** A reader that applies a tail to a head that has a part of it already. */
export const appliedTwice = (): RecoveryMachine => {
  const { step, wakeAt } = Recovery.recovery
  return {
    wakeAt,
    step: (state, input) => {
      const { first } = state.known?.tail ?? {}
      if (input._tag !== "HeadRead" || state.phase !== "Locating" || input.head === undefined || first === undefined) {
        return step(state, input)
      }
      const { last = 0 } = state.known?.tail ?? {}
      const { offset } = input.head
      const within = offset >= first && offset < last
      return step(state, within ? { _tag: "HeadRead", head: { ...input.head, offset: first - 1 } } : input)
    }
  }
}
