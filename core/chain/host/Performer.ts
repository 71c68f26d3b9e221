import * as Effect from "effect/Effect"
import type { DecodeError } from "../../bytes/index.ts"
import { type Answer, answer, type Request, request } from "../../machine/index.ts"
import type { SnapshotFailed } from "../../storage/index.ts"
import type { ChainInput } from "../ChainInput.ts"
import type { ChainOutput } from "../ChainOutput.ts"
import { encodeMessage } from "../codec/MessageCodec.ts"
import type { NodeId } from "../Configuration.ts"
import { ProposalRefused, ProposalUnknown } from "../NodeErrors.ts"
import type { Calls } from "./Calls.ts"
import type { GroupCommit } from "./GroupCommit.ts"
import type { NodeSnapshots } from "./NodeSnapshots.ts"
import type { Replica } from "./Replica.ts"

/**
 * What a node's outputs act on. `changed` is told of a new status, `forget` of blocks that need not be kept, and `broken` of
 * a disk that the node cannot go on with. What is run `toItsEnd` goes on when whoever waits for it gives up.
 */
export interface PerformerOptions<State> {
  readonly id: NodeId
  readonly diskTimeoutMs: number
  readonly toItsEnd: <A, E>(effect: Effect.Effect<A, E>) => Effect.Effect<A, E>
  readonly calls: Calls
  readonly replica: Replica<State>
  readonly writes: GroupCommit
  readonly snapshots: NodeSnapshots
  readonly send: (to: NodeId, frame: Uint8Array) => void
  readonly changed: () => void
  readonly forget: (counter: number) => void
  readonly broken: (error: SnapshotFailed) => void
  readonly stop: (detail: string, cause?: unknown) => void
}

/** The lines of requests that are done one after the other. */
const [records, snapshotFiles] = ["records", "snapshots"]

/** What each output of a node means: it carries out, and decides nothing. */
export const performer = <State>(
  options: PerformerOptions<State>
): ((output: ChainOutput) => Answer | Request<ChainInput>) => {
  const { calls, diskTimeoutMs, id: node, replica, snapshots, stop, toItsEnd, writes } = options
  const late = `the disk did not answer within ${diskTimeoutMs} ms`

  const onSnapshot = (
    asked: number,
    run: Effect.Effect<ChainInput, SnapshotFailed | DecodeError>
  ): Request<ChainInput> => {
    const failed = (detail: string): ChainInput => ({ _tag: "SnapshotFailed", request: asked, detail })
    const reported = Effect.catch(run, (error) => {
      if (error._tag === "SnapshotFailed" && error.reason === "SyncFailed") options.broken(error)
      return Effect.as(
        Effect.logWarning(`A snapshot of node ${node} has failed: ${error.message}`),
        failed(error.message)
      )
    })
    return request(snapshotFiles, diskTimeoutMs, toItsEnd(reported), () => failed(late))
  }

  const committed = ({ block, waiting }: ChainOutput & { readonly _tag: "Committed" }): void => {
    try {
      const placed = replica.apply(block)
      for (const { count, id, index } of waiting) calls.end(id, placed.slice(index, index + count))
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause)
      stop(`a committed command cannot be applied (${why}): mend the application, and start the node again`, cause)
    }
  }

  return (output) => {
    // What could not be applied must not be answered, kept or sent on as if it had been.
    if (calls.hasStopped) return answer(() => {})
    switch (output._tag) {
      case "Persist": {
        const { write } = output
        return request(records, diskTimeoutMs, toItsEnd(writes.add(output)), () => ({
          _tag: "PersistFailed",
          write,
          detail: late
        }))
      }
      case "Send":
        return answer(() => options.send(output.to, encodeMessage(output.message)))
      case "Committed":
        return answer(() => committed(output))
      case "Ready":
      case "Changed":
        return answer(() => calls.end(output.id, []))
      case "Refused": {
        const { id, leader, reason } = output
        return answer(() => calls.fail(id, new ProposalRefused({ reason, node, leader })))
      }
      case "Unknown":
        return answer(() => calls.fail(output.id, new ProposalUnknown({ node })))
      case "Status":
        return answer(options.changed)
      case "TakeSnapshot": {
        const { request: asked, snapshot } = output
        // The state is taken now: by the time that the disk has it, more may have been applied.
        const bytes = replica.snapshot()
        const size = bytes.length
        return onSnapshot(
          asked,
          Effect.as(snapshots.keep(snapshot, bytes), { _tag: "SnapshotTaken", request: asked, size })
        )
      }
      case "ReadSnapshot": {
        const { length, offset, request: asked, snapshot } = output
        return onSnapshot(
          asked,
          Effect.map(snapshots.read(snapshot, offset, length), (bytes) => ({
            _tag: "SnapshotRead",
            request: asked,
            bytes
          }))
        )
      }
      case "WriteSnapshot": {
        const { bytes, offset, request: asked, size, snapshot } = output
        return onSnapshot(
          asked,
          Effect.as(snapshots.write(snapshot, size, offset, bytes), { _tag: "SnapshotWritten", request: asked })
        )
      }
      case "InstallSnapshot": {
        const { request: asked, snapshot } = output
        const install = Effect.flatMap(snapshots.install(snapshot), (bytes) =>
          Effect.suspend(() => {
            const error = replica.become(bytes)
            return error === undefined
              ? Effect.succeed<ChainInput>({ _tag: "SnapshotInstalled", request: asked })
              : Effect.fail(error)
          })
        )
        return onSnapshot(asked, install)
      }
      case "Forget":
        return answer(() => options.forget(output.through.counter))
      case "Stopped":
        return answer(() => stop(output.detail))
    }
  }
}
