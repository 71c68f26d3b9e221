import { activeSegment, type PartitionState } from "./PartitionState.ts"

/** Has the log looked at for what it need not keep, a while from now, unless it keeps everything or is being closed. */
export const scheduleRetention = (log: PartitionState): void => {
  const { retentionBytes, retentionCheckMs, retentionMs } = log.config
  if (log.closing || (retentionMs < 0 && retentionBytes < 0)) return
  log.retentionDueAt ??= log.now + retentionCheckMs
}

/** Looks at the log when it is time to. */
export const checkRetention = (log: PartitionState): void => {
  if (log.retentionDueAt === undefined || log.now < log.retentionDueAt) return
  log.retentionDueAt = undefined
  if (log.closing) return
  retain(log)
  if (log.accepted > log.wantedStart) scheduleRetention(log)
}

/**
 * Gives up the oldest segments whose records are all older than `retentionMs`, and those without which `retentionBytes`
 * are still there.
 *
 * **Details**
 *
 * Only closed segments go, and in their order. When the one that is written is all that is left and has expired, it is
 * closed, and goes after that. A segment without times does not expire.
 */
export const retain = (log: PartitionState): void => {
  const { retentionBytes, retentionMs } = log.config
  const isExpired = (maxTimestamp: number): boolean =>
    retentionMs >= 0 && maxTimestamp >= 0 && log.now - maxTimestamp > retentionMs
  log.rollWanted = false
  const active = activeSegment(log)
  let left = log.segments.reduce((sum, { size }) => sum + size, 0)
  for (const segment of log.segments) {
    const isSpare = retentionBytes >= 0 && left - segment.size >= retentionBytes
    if (segment === active) {
      log.rollWanted = segment.size > 0 && isExpired(segment.maxTimestamp)
      return
    }
    if (segment.endOffset > log.highWatermark || !(isExpired(segment.maxTimestamp) || isSpare)) return
    log.wantedStart = Math.max(log.wantedStart, segment.endOffset)
    left -= segment.size
  }
}
