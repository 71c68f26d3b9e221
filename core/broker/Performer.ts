import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import { parseTopicPartition } from "../log/index.ts"
import { answer, type Answer, request, type Request } from "../machine/index.ts"
import { type Disk, DiskError } from "../ports/index.ts"
import { performSteps, recover } from "../storage/index.ts"
import type { BrokerConfig } from "./BrokerConfig.ts"
import type { BrokerInput, BrokerOutput, DiskWork, PartitionName } from "./BrokerIo.ts"
import type { Calls } from "./Calls.ts"
import { writeImage } from "./ImageFile.ts"
import type { PartitionInput } from "./PartitionLogIo.ts"

/** What a broker's outputs act on. */
export interface PerformerOptions {
  readonly disk: Disk
  readonly config: BrokerConfig
  readonly timeoutMs: number
  readonly calls: Calls
  readonly loaded: Deferred.Deferred<void>
  readonly stopped: Deferred.Deferred<void>
  readonly report: (message: string) => void
}

/** Folders that are made or removed at once: more would only wait for each other on the disk, and beyond their deadlines. */
const parallelFolders = 8

/** The line in which a partition's folder is made and removed. */
const lineOf = (folder: string): string => `folders ${(parseTopicPartition(folder)?.partition ?? 0) % parallelFolders}`

/** What each output of a broker means: it carries out, and decides nothing. */
export const performer = (options: PerformerOptions): ((output: BrokerOutput) => Answer | Request<BrokerInput>) => {
  const { calls, config, disk, loaded, report, stopped, timeoutMs } = options
  const late = `it did not answer within ${timeoutMs} ms`

  const work = ({ folder, incarnation }: PartitionName, asked: DiskWork): Request<BrokerInput> => {
    const done = (input: PartitionInput): BrokerInput => ({ _tag: "DiskDone", folder, incarnation, input })
    const { id } = asked
    const failed = (error: DiskError): BrokerInput => done({ _tag: "Failed", id, error })
    const operation = asked._tag === "Read" ? "read" : asked.lane
    const timedOut = () =>
      failed(
        new DiskError({ reason: "Io", operation, path: folder, message: `The disk is stuck at ${folder}: ${late}.` })
      )
    const run: Effect.Effect<BrokerInput, DiskError> =
      asked._tag === "Read"
        ? Effect.map(disk.read(asked.path, asked.position, asked.length), (bytes) =>
            done({ _tag: "ReadDone", id, bytes })
          )
        : Effect.as(performSteps(disk, asked.steps), done({ _tag: "Performed", id }))
    const resource = asked._tag === "Read" ? undefined : `${folder} ${asked.lane}`
    return request(
      resource,
      timeoutMs,
      Effect.catch(run, (error) => Effect.succeed(failed(error))),
      timedOut
    )
  }

  return (output) => {
    switch (output._tag) {
      case "Reply":
        return answer(() => calls.end(output.id, output))
      case "NoReply":
      case "Close":
        return answer(() => calls.end(output.id, output._tag))
      case "Report":
        return answer(() => report(output.message))
      case "Loaded":
        return answer(() => Deferred.doneUnsafe(loaded, Effect.void))
      case "Stopped":
        return answer(() => Deferred.doneUnsafe(stopped, Effect.void))
      case "Disk":
        return work(output, output.work)
      case "OpenPartition": {
        const { folder, incarnation, partition } = output
        const opened = { _tag: "Opened", folder, incarnation } as const
        const run = Effect.andThen(disk.remove(folder), recover(disk, partition, config)).pipe(
          Effect.map((log): BrokerInput => ({ ...opened, log, message: "" })),
          Effect.catch((error) => Effect.succeed<BrokerInput>({ ...opened, log: undefined, message: error.message }))
        )
        return request<BrokerInput>(lineOf(folder), timeoutMs, run, () => ({
          ...opened,
          log: undefined,
          message: late
        }))
      }
      case "RemovePartition": {
        const { folder, incarnation } = output
        const removed = { _tag: "Removed", folder, incarnation } as const
        const run = ended(Effect.andThen(disk.remove(folder), disk.syncFolder("")), (message) => ({
          ...removed,
          message
        }))
        return request<BrokerInput>(lineOf(folder), timeoutMs, run, () => ({ ...removed, message: late }))
      }
      case "StoreImage": {
        const stored = { _tag: "ImageStored", version: output.version } as const
        const run = ended(writeImage(disk, output.image), (message) => ({ ...stored, message }))
        return request<BrokerInput>("image", timeoutMs, run, () => ({ ...stored, message: late }))
      }
    }
  }
}

/** How an operation ended, as an input: with a message when it failed. */
const ended = (
  effect: Effect.Effect<void, DiskError>,
  input: (message: string | undefined) => BrokerInput
): Effect.Effect<BrokerInput> =>
  Effect.matchEffect(effect, {
    onFailure: (error) => Effect.succeed(input(error.message)),
    onSuccess: () => Effect.succeed(input(undefined))
  })
