import { Recovery, Replication } from "../../../core/journal/index.ts"
import type { Transition } from "../../../core/machine/index.ts"
import type { JournalHead, WriteStep } from "../../../core/ports/index.ts"
import type { RecoveryMachine, ReplicationMachine } from "./JournalWorld.ts"

type ReplicationStep = Transition<Replication.ReplicationState, Replication.ReplicationOutput>

interface WriteRequest {
  readonly epoch: number
  readonly line: number
  readonly steps: ReadonlyArray<WriteStep>
}

const writeOf = (output: Replication.ReplicationOutput): WriteRequest | undefined =>
  output._tag === "Request" && output.request._tag === "Write"
    ? { epoch: output.epoch, line: output.request.line, steps: output.request.steps }
    : undefined

const written = ({ epoch, line }: WriteRequest): Replication.ReplicationInput => ({
  _tag: "Answered",
  epoch,
  answer: { _tag: "Written", line }
})

/** A replicator that tears a transaction up, and moves the pointer before it writes what the pointer promises. */
export const pointerFirst = (): ReplicationMachine => {
  const { step, wakeAt } = Replication.replication
  const left = new Map<number, Array<WriteStep>>()
  return {
    wakeAt,
    step: (state, input) => {
      if (input._tag === "Answered" && input.answer._tag === "Written") {
        const { line } = input.answer
        const next = left.get(line)?.shift()
        const request: Replication.ReplicationRequest | undefined = next && { _tag: "Write", line, steps: [next] }
        if (request !== undefined) return [state, [{ _tag: "Request", epoch: state.epoch, request }]]
      }
      const [after, outputs] = step(state, input)
      const torn = outputs.map((output) => {
        const write = writeOf(output)
        const pointer = write?.steps.find((one) => one._tag === "PutPointer")
        if (write === undefined || pointer === undefined) return output
        const { epoch, line, steps } = write
        left.set(
          line,
          steps.filter((one) => one !== pointer)
        )
        return { _tag: "Request" as const, epoch, request: { _tag: "Write" as const, line, steps: [pointer] } }
      })
      return [after, torn]
    }
  }
}

/** A replicator that loses single writes of one kind, and takes them for done. */
const skipping = (isSkipped: (steps: ReadonlyArray<WriteStep>) => boolean): ReplicationMachine => {
  const { step, wakeAt } = Replication.replication
  const skip = (before: ReplicationStep): ReplicationStep => {
    let [state] = before
    const kept: Array<Replication.ReplicationOutput> = []
    for (const output of before[1]) {
      const write = writeOf(output)
      if (write === undefined || !isSkipped(write.steps)) {
        kept.push(output)
        continue
      }
      const [next, more] = skip(step(state, written(write)))
      state = next
      kept.push(...more)
    }
    return [state, kept]
  }
  return { wakeAt, step: (state, input) => skip(step(state, input)) }
}

/** A replicator that does not remove again what a redelivered delete was to remove. */
export const unrepairedDelete = (): ReplicationMachine => {
  const { step, wakeAt } = Replication.replication
  const deleting = new Set<string>()
  const bug = skipping(([only]) => only?._tag === "RemoveEvents" && !deleting.delete(only.key.id))
  return {
    wakeAt,
    step: (state, input) => {
      const [, outputs] = step({ ...state, known: new Map(state.known) }, input)
      for (const output of outputs) {
        const head = writeOf(output)?.steps[0]
        if (head?._tag === "PutHead") deleting.add(head.key.id)
      }
      return bug.step(state, input)
    }
  }
}

/** A reader that reads the head before the pointer. */
export const headFirst = (): RecoveryMachine => {
  const { step, wakeAt } = Recovery.recovery
  let early: { readonly head: JournalHead | undefined } | undefined
  return {
    wakeAt,
    step: (state, input) => {
      if (state.phase !== "Locating") return step(state, input)
      if (input._tag === "HeadRead" && early === undefined) {
        early = { head: input.head }
        return [state, [{ _tag: "ReadPointer" }]]
      }
      if (input._tag === "PointerRead" && early !== undefined) {
        const { head } = early
        early = undefined
        const [pointed] = step(state, input)
        return step(pointed, { _tag: "HeadRead", head })
      }
      const [after, outputs] = step(state, input)
      return [after, outputs.map((output) => (output._tag === "ReadPointer" ? { _tag: "ReadHead" } : output))]
    }
  }
}

/** A reader that never looks whether the store has moved on beneath it. */
export const trusting = (): RecoveryMachine => {
  const { step, wakeAt } = Recovery.recovery
  return {
    wakeAt,
    step: (state, input) => {
      const [after, outputs] = step(state, input)
      return after.doubted === undefined || outputs.length === 0
        ? [after, outputs]
        : step(after, { _tag: "HeadRead", head: after.head })
    }
  }
}

/** A reader that takes an action in the tail for the journal's beginning because it found no head. */
export const unconfirmed = (): RecoveryMachine => {
  const { step, wakeAt } = Recovery.recovery
  return {
    wakeAt,
    step: (state, input) => {
      const [after, outputs] = step(state, input)
      return after.phase === "Confirming" ? step(after, { _tag: "PointerRead", offset: undefined }) : [after, outputs]
    }
  }
}

/** A reader that begins again for as long as the log begins beyond the store. */
export const restless = (): RecoveryMachine => {
  const { step, wakeAt } = Recovery.recovery
  return {
    wakeAt,
    step: (state, input) => {
      const isBeyond =
        state.phase === "Checking" && input._tag === "LogFailed" && input.failure._tag === "Trimmed" && !state.given
      if (!isBeyond) return step(state, input)
      const { config, mark, now, wanted } = state
      return [{ ...Recovery.start(config), mark, now, wanted }, [{ _tag: "ReadPointer" }]]
    }
  }
}

/** A reader that takes a log's beginning for a journal's, though its store has never had what was before it. */
export const unaware = (): RecoveryMachine => {
  const { step, wakeAt } = Recovery.recovery
  return {
    wakeAt,
    step: (state, input) => {
      if (input._tag !== "LogFailed" || input.failure._tag !== "Trimmed" || state.follower?.position !== 0) {
        return step(state, input)
      }
      const { logStart } = input.failure
      return step(state, {
        _tag: "LogRead",
        page: { records: [], nextOffset: logStart, logStart, stableEnd: state.fence }
      })
    }
  }
}
