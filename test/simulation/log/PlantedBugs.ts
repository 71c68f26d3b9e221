import * as Effect from "effect/Effect"
import { partitionLog } from "../../../core/broker/PartitionLog.ts"
import type { PartitionOutput } from "../../../core/broker/PartitionLogIo.ts"
import { openPartitionLog } from "../../../core/broker/PartitionState.ts"
import type { PartitionState } from "../../../core/broker/PartitionState.ts"
import type { Disk } from "../../../core/ports/index.ts"
import { ProducerStates, recover } from "../../../core/storage/index.ts"
import type { FileStep } from "../../../core/storage/index.ts"
import type { LogMachine, Subjects } from "./LogWorld.ts"

const { step, wakeAt } = partitionLog

/** The machine, with its plans changed. */
const planning = (
  change: (output: PartitionOutput & { readonly _tag: "Perform" }) => ReadonlyArray<FileStep>
): LogMachine => ({
  wakeAt,
  step: (log, input) => {
    const [next, outputs] = step(log, input)
    return [next, outputs.map((output) => (output._tag === "Perform" ? { ...output, steps: change(output) } : output))]
  }
})

/** The machine, looking at a log for which something else holds while it takes these inputs. */
const seeing = (tags: ReadonlyArray<string>, change: (log: PartitionState) => () => void): LogMachine => ({
  wakeAt,
  step: (log, input) => {
    if (!tags.includes(input._tag)) return step(log, input)
    const restore = change(log)
    const transition = step(log, input)
    restore()
    return transition
  }
})

/** The recovery, on a disk that does not do all it is told. */
const recoveringOn = (change: (disk: Disk) => Partial<Disk>): Partial<Subjects> => ({
  recover: (disk, partition, options) => recover({ ...disk, ...change(disk) }, partition, options)
})

const isRoll = (steps: ReadonlyArray<FileStep>): boolean => steps.length > 4

const isCheckpoint = (path: string): boolean => path.endsWith("/checkpoint")

/** Answers an append before it is synced. */
export const early: Partial<Subjects> = {
  open: (config, recovered) =>
    openPartitionLog({ ...config, fsync: config.fsync === "always" ? "none" : config.fsync }, recovered)
}

/** Answers a duplicate at once, although the first of them may still be lost. */
export const hastyDuplicate: Partial<Subjects> = {
  machine: () =>
    seeing(["Append"], (log) => {
      const before = log.highWatermark
      log.highWatermark = log.accepted
      return () => {
        log.highWatermark = before
      }
    })
}

/** Lets readers see what is written and not synced. */
export const eagerReads: Partial<Subjects> = {
  machine: () =>
    seeing(["Fetch", "ReadDone"], (log) => {
      const before = log.highWatermark
      log.highWatermark = log.written
      return () => {
        log.highWatermark = before
      }
    })
}

/** Takes a sync that failed for one that went well. */
export const hopefulSync: Partial<Subjects> = {
  machine: () => ({
    wakeAt,
    step: (log, input) =>
      step(log, input._tag === "Failed" && input.id === log.syncing?.id ? { _tag: "Performed", id: input.id } : input)
  })
}

/** Writes the checkpoint before what it promises is synced. */
export const checkpointFirst: Partial<Subjects> = {
  machine: () =>
    planning(({ lane, steps }) =>
      lane === "sync" ? steps.toSorted((a, b) => (a._tag === "Write" ? 0 : 1) - (b._tag === "Write" ? 0 : 1)) : steps
    )
}

/** Begins a segment before the one that it closes is synced. */
export const carelessRoll: Partial<Subjects> = {
  machine: () =>
    planning(({ lane, steps }) =>
      lane === "write" && isRoll(steps)
        ? steps.flatMap((one) =>
            one._tag === "Sync" ? { ...one, paths: one.paths.filter((path) => !path.endsWith(".log")) } : one
          )
        : steps
    )
}

/** Begins a segment without making its file's name durable. */
export const namelessRoll: Partial<Subjects> = {
  machine: () =>
    planning(({ lane, steps }) =>
      lane === "write" && isRoll(steps) ? steps.filter(({ _tag }) => _tag !== "SyncFolder") : steps
    )
}

/** Says that records are deleted before that is durable. */
export const earlyDelete: Partial<Subjects> = {
  machine: () => planning(({ lane, steps }) => (lane === "sync" ? steps.slice(0, 2) : steps))
}

/** Forgets its producers in a restart. */
export const forgetful: Partial<Subjects> = {
  recover: (disk, partition, options) =>
    Effect.map(recover(disk, partition, options), (recovered) => ({
      ...recovered,
      producers: new ProducerStates(options.maxProducers)
    }))
}

/** Leaves the torn end of a log where it is. */
export const tornTail: Partial<Subjects> = recoveringOn(() => ({ truncate: () => Effect.void }))

/** Gives out records after a restart that it has not synced: they may be lost with what is answered by them. */
export const unsyncedRecovery: Partial<Subjects> = recoveringOn((disk) => ({
  sync: (path) => (isCheckpoint(path) ? disk.sync(path) : Effect.void)
}))

/** Removes what lies before the log's start before that start is durable. */
export const earlyRemoval: Partial<Subjects> = {
  recover: (disk, partition, options) => {
    let isFirst = options.exists === true
    const sync = (path: string) => {
      const isSkipped = isFirst && isCheckpoint(path)
      isFirst = false
      return isSkipped ? Effect.void : disk.sync(path)
    }
    return recover({ ...disk, sync }, partition, options)
  }
}

/** Gives offsets away again from where the last segment begins. */
export const offsetsAgain: Partial<Subjects> = {
  open: (config, recovered) => {
    const log = openPartitionLog(config, recovered)
    log.accepted = recovered.segments[recovered.segments.length - 1]?.base ?? 0
    return log
  }
}

/** Gives up all closed segments where only those beyond a size may go. */
export const greedyRetention: Partial<Subjects> = {
  open: (config, recovered) =>
    openPartitionLog({ ...config, retentionBytes: Math.min(config.retentionBytes, 0) }, recovered)
}
