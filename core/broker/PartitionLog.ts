import { type BatchHeader, placeBatch } from "../log/index.ts"
import type { Machine } from "../machine/index.ts"
import { ErrorCode } from "../protocol/index.ts"
import {
  type Checkpoint,
  checkpointFile,
  checkpointStep,
  type FileStep,
  logFile,
  rollSteps,
  Segment
} from "../storage/index.ts"
import type { PartitionInput, PartitionOutput } from "./PartitionLogIo.ts"
import { fetch, listOffset, lookupFailed, notServing, readDone } from "./PartitionReads.ts"
import { checkRetention, retain, scheduleRetention } from "./PartitionRetention.ts"
import { failTrims, moveStart, startRemoval, trim } from "./PartitionTrim.ts"
import { activeSegment, type PartitionState, type PendingAppend } from "./PartitionState.ts"

/** Bytes that one write takes together at most, unless a single append is larger. */
const maxWriteBytes = 8 * 1024 * 1024

/**
 * One partition's log, over the files that {@link openPartitionLog} was given.
 *
 * **Details**
 *
 * Appends get their offsets at once and are written in that order; those that arrive while a write is under way share the
 * next one, and those that are written while a sync is under way share the next sync. An append is answered, and its
 * records can be fetched, when they are as durable as the fsync policy says. A batch that an idempotent producer repeats
 * is answered like the first time, when the first one is.
 *
 * A write or sync that fails takes the log offline for good, since nobody knows what of it reached the disk: what waits
 * and what comes later is answered with `KAFKA_STORAGE_ERROR`.
 *
 * **Gotchas**
 *
 * The state is mutable storage of the machine's own: `step` gives back the one it was given.
 */
export const partitionLog: Machine<PartitionState, PartitionInput, PartitionOutput> = {
  step: (log, input) => {
    const out: Array<PartitionOutput> = []
    take(log, input, out)
    if (log.offline === undefined) {
      startWrite(log, out)
      startSync(log, out)
      startRemoval(log, out)
      finishClose(log, out)
    }
    return [log, out]
  },
  wakeAt: (log) => {
    if (log.offline !== undefined) return undefined
    const at = Math.min(
      log.retentionDueAt ?? Infinity,
      (log.syncing === undefined ? log.syncDueAt : undefined) ?? Infinity
    )
    return at === Infinity ? undefined : at
  }
}

const take = (log: PartitionState, input: PartitionInput, out: Array<PartitionOutput>): void => {
  switch (input._tag) {
    case "Tick":
      log.now = input.now
      return checkRetention(log)
    case "Append":
      return append(log, input, out)
    case "Fetch":
      out.push(fetch(log, input))
      return
    case "ListOffset":
      out.push(listOffset(log, input))
      return
    case "Trim":
      return trim(log, input, out)
    case "Close":
      log.closing = true
      if (log.offline === undefined) log.closers.push(input.id)
      else out.push({ _tag: "Closed", id: input.id, failure: log.offline })
      return
    case "Performed":
      if (log.offline !== undefined) return
      if (log.writing?.id === input.id) return written(log, out)
      if (log.syncing?.id === input.id) return synced(log, out)
      if (log.removing === input.id) log.removing = undefined
      return
    case "ReadDone": {
      const reading = log.reading.get(input.id)
      if (reading === undefined) return
      log.reading.delete(input.id)
      const code = log.offline === undefined ? undefined : ErrorCode.KAFKA_STORAGE_ERROR
      const next = code === undefined ? readDone(log, reading, input.bytes) : lookupFailed(log, reading.lookup, code)
      if (typeof next !== "string") {
        out.push(next)
        return
      }
      out.push(lookupFailed(log, reading.lookup, ErrorCode.KAFKA_STORAGE_ERROR))
      return goOffline(
        log,
        `${next}, where it was whole before; restore its folder from a copy, then restart the broker.`,
        out
      )
    }
    case "Failed": {
      const reading = log.reading.get(input.id)
      if (reading !== undefined) {
        log.reading.delete(input.id)
        out.push(lookupFailed(log, reading.lookup, ErrorCode.KAFKA_STORAGE_ERROR))
        out.push({ _tag: "ReadFailed", message: `Records could not be read. ${input.error.message}` })
      } else if (log.removing === input.id) {
        log.removing = undefined
        const message = `Records of "${log.folder}" are given up, and their files stay until a restart. ${input.error.message}`
        out.push({ _tag: "RemovalFailed", message })
      } else if (log.writing?.id === input.id || log.syncing?.id === input.id) {
        goOffline(log, input.error.message, out)
      }
    }
  }
}

const append = (log: PartitionState, input: PartitionInput & { _tag: "Append" }, out: Array<PartitionOutput>): void => {
  const { acks, batches, id } = input
  const refuse = (errorCode: number, message: string): void => {
    out.push({ _tag: "Refused", id, errorCode, message })
  }
  const code = notServing(log)
  if (code !== undefined) return refuse(code, log.offline ?? "The partition is being closed: find its leader anew.")
  const fault = faultOf(log, batches)
  if (fault !== undefined) return refuse(fault[0], fault[1])

  const first = batches[0]!
  const verdict = log.producers.judge(first)
  switch (verdict._tag) {
    case "Duplicate":
      return answerWhenDurable(log, acks, id, verdict.batch.baseOffset, verdict.batch.lastOffset, out)
    case "OutOfOrder":
      return refuse(
        ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER,
        `Producer ${first.producerId} sent sequence number ${first.baseSequence} where another is due: send the batches before it.`
      )
    case "StaleEpoch":
      return refuse(
        ErrorCode.INVALID_PRODUCER_EPOCH,
        `Producer ${first.producerId} has epoch ${first.producerEpoch} and a later one has written: ask for a new epoch.`
      )
  }
  const size = batches.reduce((sum, batch) => sum + batch.size, 0)
  if (log.pendingBytes > 0 && log.pendingBytes + size > log.config.maxPendingBytes) {
    return refuse(ErrorCode.NOT_ENOUGH_REPLICAS, "The disk is behind with earlier appends: try again a little later.")
  }
  const baseOffset = log.accepted
  const placed = batches.map((batch) => {
    const at = placeBatch(batch, log.accepted, log.checkpoint.leaderEpoch)
    log.producers.append(at)
    log.accepted = at.lastOffset + 1
    return at
  })
  log.pending.push({ batches: placed, size, endOffset: log.accepted })
  log.pendingBytes += size
  answerWhenDurable(log, acks, id, baseOffset, log.accepted - 1, out)
}

/** Answers an append now, or once the high watermark has passed it. */
const answerWhenDurable = (
  log: PartitionState,
  acks: number,
  id: number,
  baseOffset: number,
  lastOffset: number,
  out: Array<PartitionOutput>
): void => {
  if (acks === 0) return
  if (lastOffset < log.highWatermark) out.push({ _tag: "Appended", id, baseOffset, logStart: log.logStart })
  else log.waiting.push({ id, baseOffset, lastOffset })
}

/** Why a client may not append these batches. */
const faultOf = (
  log: PartitionState,
  batches: ReadonlyArray<BatchHeader>
): readonly [errorCode: number, message: string] | undefined => {
  const { maxBatchBytes } = log.config
  if (batches.length === 0) return [ErrorCode.INVALID_RECORD, "There is no record to append: send at least one."]
  for (const batch of batches) {
    if (batch.size > maxBatchBytes) {
      return [
        ErrorCode.MESSAGE_TOO_LARGE,
        `A batch has ${batch.size} bytes and may have ${maxBatchBytes}: send less at once.`
      ]
    }
    if (batch.control) return [ErrorCode.INVALID_RECORD, "Only a broker writes control batches: send records."]
    if (batch.transactional) return [ErrorCode.INVALID_TXN_STATE, "No transaction is open: append without one."]
    const count = batch.lastOffset - batch.baseOffset + 1
    if (batch.baseOffset !== 0 || batch.recordCount !== count) {
      return [ErrorCode.INVALID_RECORD, "A batch's offsets must count its records from 0: send it as a producer does."]
    }
    if (batch.producerId >= 0 && (batches.length > 1 || batch.baseSequence < 0 || batch.producerEpoch < 0)) {
      return [
        ErrorCode.INVALID_RECORD,
        "An idempotent producer appends one batch, with its epoch and sequence, at a time."
      ]
    }
  }
  return undefined
}

const nextCheckpoint = (log: PartitionState, base: number, position: number, endOffset: number): Checkpoint => ({
  ...log.checkpoint,
  sequence: log.checkpoint.sequence + 1,
  base,
  position,
  endOffset
})

/** Writes what waits, or rolls first when the active segment is full or has expired; a roll has the files for itself. */
const startWrite = (log: PartitionState, out: Array<PartitionOutput>): void => {
  if (log.writing !== undefined) return
  const first = log.pending[0]
  const active = activeSegment(log)
  const { segmentBytes } = log.config
  if (log.rollWanted && !log.closing) {
    if (log.syncing === undefined) startRoll(log, active, out)
    return
  }
  if (first === undefined) return
  if (active.size > 0 && (active.size + first.size > segmentBytes || !active.reaches(first.endOffset))) {
    if (log.syncing === undefined) startRoll(log, active, out)
    return
  }
  const appends: Array<PendingAppend> = []
  const chunks: Array<Uint8Array> = []
  let size = 0
  for (const item of log.pending) {
    const fits = size + item.size <= maxWriteBytes && active.size + size + item.size <= segmentBytes
    if (appends.length > 0 && !(fits && active.reaches(item.endOffset))) break
    appends.push(item)
    size += item.size
    for (const { bytes, start, size: length } of item.batches) chunks.push(bytes.subarray(start, start + length))
  }
  log.pending.splice(0, appends.length)
  const id = log.nextId++
  log.writing = { _tag: "Append", id, appends }
  const path = logFile(log.folder, active.base)
  out.push({ _tag: "Perform", id, lane: "write", steps: [{ _tag: "Write", path, position: active.size, chunks }] })
}

const startRoll = (log: PartitionState, closed: Segment, out: Array<PartitionOutput>): void => {
  const id = log.nextId++
  const checkpoint = nextCheckpoint(log, closed.endOffset, 0, closed.endOffset)
  const previous = log.segments[log.segments.length - 2]?.base
  const steps = rollSteps({ folder: log.folder, closed, producers: log.writtenProducers, checkpoint, previous })
  log.writing = { _tag: "Roll", id, checkpoint }
  out.push({ _tag: "Perform", id, lane: "write", steps })
}

const written = (log: PartitionState, out: Array<PartitionOutput>): void => {
  const done = log.writing!
  log.writing = undefined
  if (done._tag === "Roll") {
    log.segments.push(new Segment(done.checkpoint.base))
    log.checkpoint = done.checkpoint
    log.checkpointSynced = false
    if (log.rollWanted) retain(log)
    return allSynced(log, log.written, out)
  }
  const active = activeSegment(log)
  for (const item of done.appends) {
    for (const batch of item.batches) {
      active.append(batch)
      log.writtenProducers.append(batch)
    }
    log.pendingBytes -= item.size
    log.written = item.endOffset
  }
  scheduleRetention(log)
  if (log.config.fsync === "interval") log.syncDueAt ??= log.now + log.config.fsyncIntervalMs
  if (log.config.fsync !== "always") advance(log, log.written, out)
}

/** Syncs when the policy says so, when the log is to begin later, or when it is closed and nothing else is to be written. */
const startSync = (log: PartitionState, out: Array<PartitionOutput>): void => {
  if (log.syncing !== undefined || log.writing?._tag === "Roll") return
  const closing = log.closing && log.pending.length === 0 && log.writing === undefined
  const isMoving = log.wantedStart > log.logStart
  const due = log.config.fsync === "always" || (log.syncDueAt !== undefined && log.now >= log.syncDueAt) || closing
  const dirty = log.synced < log.written
  if (!isMoving && (!due || !(dirty || (closing && !log.checkpointSynced)))) return
  const active = activeSegment(log)
  const { wantedStart: logStart } = log
  const checkpoint = { ...nextCheckpoint(log, active.base, active.size, log.written), logStart }
  const id = log.nextId++
  const checkpointSynced = closing || isMoving
  log.syncing = { id, endOffset: log.written, checkpoint, checkpointSynced }
  const marks = checkpointFile(log.folder)
  const steps: ReadonlyArray<FileStep> = [
    { _tag: "Sync", paths: [logFile(log.folder, active.base), marks] },
    checkpointStep(log.folder, checkpoint),
    ...(checkpointSynced ? [{ _tag: "Sync", paths: [marks] } as const] : [])
  ]
  out.push({ _tag: "Perform", id, lane: "sync", steps })
}

const synced = (log: PartitionState, out: Array<PartitionOutput>): void => {
  const done = log.syncing!
  log.syncing = undefined
  log.checkpoint = done.checkpoint
  log.checkpointSynced = done.checkpointSynced
  moveStart(log, done.checkpoint.logStart, out)
  allSynced(log, done.endOffset, out)
}

const allSynced = (log: PartitionState, endOffset: number, out: Array<PartitionOutput>): void => {
  log.synced = endOffset
  const dirty = log.written > endOffset
  log.syncDueAt = dirty && log.config.fsync === "interval" ? log.now + log.config.fsyncIntervalMs : undefined
  if (log.config.fsync === "always") advance(log, endOffset, out)
}

/** Moves the high watermark, and answers the appends that waited for it. */
const advance = (log: PartitionState, to: number, out: Array<PartitionOutput>): void => {
  if (to <= log.highWatermark) return
  log.highWatermark = to
  const still: typeof log.waiting = []
  for (const append of log.waiting) {
    if (append.lastOffset >= to) still.push(append)
    else out.push({ _tag: "Appended", id: append.id, baseOffset: append.baseOffset, logStart: log.logStart })
  }
  log.waiting = still
  out.push({ _tag: "Advanced", highWatermark: to, lastStableOffset: to })
}

const finishClose = (log: PartitionState, out: Array<PartitionOutput>): void => {
  if (log.closers.length === 0) return
  const idle = log.pending.length === 0 && log.writing === undefined && log.syncing === undefined
  if (!idle || log.reading.size > 0 || log.removing !== undefined) return
  for (const id of log.closers.splice(0)) out.push({ _tag: "Closed", id })
}

const goOffline = (log: PartitionState, why: string, out: Array<PartitionOutput>): void => {
  if (log.offline !== undefined) return
  const message = `Partition log "${log.folder}" went offline: ${why}`
  log.offline = message
  out.push({ _tag: "WentOffline", message })
  for (const { id } of log.waiting) {
    out.push({ _tag: "Refused", id, errorCode: ErrorCode.KAFKA_STORAGE_ERROR, message })
  }
  log.waiting = []
  failTrims(log, out)
  log.pending.length = 0
  log.pendingBytes = 0
  for (const id of log.closers.splice(0)) out.push({ _tag: "Closed", id, failure: message })
}
