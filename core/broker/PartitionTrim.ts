import { ErrorCode } from "../protocol/index.ts"
import { removeSegmentSteps, type Segment } from "../storage/index.ts"
import type { PartitionInput, PartitionOutput } from "./PartitionLogIo.ts"
import { notServing } from "./PartitionReads.ts"
import type { PartitionState } from "./PartitionState.ts"

const refused = (id: number, errorCode: number): PartitionOutput => ({ _tag: "Trimmed", id, errorCode, logStart: -1 })

/** Has the log begin at an offset, if it does not begin later already; the answer comes when that is durable. */
export const trim = (
  log: PartitionState,
  input: PartitionInput & { _tag: "Trim" },
  out: Array<PartitionOutput>
): void => {
  const code = notServing(log)
  if (code !== undefined) {
    out.push(refused(input.id, code))
    return
  }
  const offset = input.offset === -1 ? log.highWatermark : input.offset
  if (offset < 0 || offset > log.highWatermark) {
    out.push(refused(input.id, ErrorCode.OFFSET_OUT_OF_RANGE))
    return
  }
  log.wantedStart = Math.max(log.wantedStart, offset)
  log.trimming.push({ id: input.id, offset })
  answerTrims(log, out)
}

/** The log begins at `logStart` from now on, also after a restart: what lies wholly before it can go. */
export const moveStart = (log: PartitionState, logStart: number, out: Array<PartitionOutput>): void => {
  if (logStart <= log.logStart) return
  log.logStart = logStart
  let gone = 0
  while (gone < log.segments.length - 1 && log.segments[gone]!.endOffset <= logStart) gone += 1
  log.garbage.push(...log.segments.splice(0, gone))
  answerTrims(log, out)
}

const answerTrims = (log: PartitionState, out: Array<PartitionOutput>): void => {
  const { logStart } = log
  for (const { id, offset } of log.trimming) {
    if (offset <= logStart) out.push({ _tag: "Trimmed", id, errorCode: ErrorCode.NONE, logStart })
  }
  log.trimming = log.trimming.filter(({ offset }) => offset > logStart)
}

/** Removes the files of segments that the log no longer has, once nothing reads them any more. */
export const startRemoval = (log: PartitionState, out: Array<PartitionOutput>): void => {
  if (log.removing !== undefined || log.garbage.length === 0) return
  const isRead = (segment: Segment): boolean => [...log.reading.values()].some((reading) => reading.segment === segment)
  if (log.garbage.some(isRead)) return
  const id = log.nextId++
  const steps = log.garbage.splice(0).flatMap(({ base }) => removeSegmentSteps(log.folder, base))
  log.removing = id
  out.push({ _tag: "Perform", id, lane: "remove", steps: [...steps, { _tag: "SyncFolder", path: log.folder }] })
}

/** Gives up on log starts that are not durable. */
export const failTrims = (log: PartitionState, out: Array<PartitionOutput>): void => {
  for (const { id } of log.trimming) out.push(refused(id, ErrorCode.KAFKA_STORAGE_ERROR))
  log.trimming = []
}
