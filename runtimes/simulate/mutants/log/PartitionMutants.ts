import type { Mutant } from "../Mutant.ts"
import { planted } from "../Planted.ts"

const log = planted("log", "core/broker/PartitionLog.ts")
const state = planted("log", "core/broker/PartitionState.ts")
const reads = planted("log", "core/broker/PartitionReads.ts")
const trim = planted("log", "core/broker/PartitionTrim.ts")
const retention = planted("log", "core/broker/PartitionRetention.ts")

/** Bugs of the machine of one partition's log. */
export const partitionMutants: ReadonlyArray<Mutant> = [
  log("early", "It answers an append before it is synced.", [
    `if (log.config.fsync !== "always") advance(log, log.written, out)`,
    `advance(log, log.written, out)`
  ]),
  log("hasty-duplicate", "It answers a duplicate at once, although the first of them may still be lost.", [
    `return answerWhenDurable(log, acks, id, verdict.batch.baseOffset, verdict.batch.lastOffset, out)`,
    `if (acks !== 0) out.push({ _tag: "Appended", id, baseOffset: verdict.batch.baseOffset, logStart: log.logStart })\n      return`
  ]),
  log("duplicate-answered-anew", "It answers a duplicate with the offset that is due next.", [
    `verdict.batch.baseOffset, verdict.batch.lastOffset, out)`,
    `log.accepted, verdict.batch.lastOffset, out)`
  ]),
  log("hopeful-sync", "It takes a sync that failed for one that went well.", [
    `} else if (log.writing?.id === input.id || log.syncing?.id === input.id) {`,
    `} else if (log.syncing?.id === input.id) {\n        synced(log, out)\n      } else if (log.writing?.id === input.id) {`
  ]),
  log("hopeful-write", "It takes a write that failed for one that went well.", [
    `} else if (log.writing?.id === input.id || log.syncing?.id === input.id) {`,
    `} else if (log.writing?.id === input.id) {\n        written(log, out)\n      } else if (log.syncing?.id === input.id) {`
  ]),
  log("checkpoint-first", "It writes the checkpoint before what the checkpoint promises is synced.", [
    `    { _tag: "Sync", paths: [logFile(log.folder, active.base), marks] },\n    checkpointStep(log.folder, checkpoint),\n`,
    `    checkpointStep(log.folder, checkpoint),\n    { _tag: "Sync", paths: [logFile(log.folder, active.base), marks] },\n`
  ]),
  log("early-delete", "It says that records are deleted before that is durable.", [
    `...(checkpointSynced ? [{ _tag: "Sync", paths: [marks] } as const] : [])`,
    ``
  ]),
  log("sync-of-later-writes", "It takes what was written while a sync was under way for synced.", [
    `allSynced(log, done.endOffset, out)`,
    `allSynced(log, log.written, out)`
  ]),
  log(
    "checkpoint-beyond-written",
    "Its checkpoint names the end of what it has accepted as the end of what it has written.",
    [
      `nextCheckpoint(log, active.base, active.size, log.written)`,
      `nextCheckpoint(log, active.base, active.size, log.accepted)`
    ]
  ),
  log("one-slot", "It writes every checkpoint over the last one.", [
    `sequence: log.checkpoint.sequence + 1,`,
    `sequence: log.checkpoint.sequence + 2,`
  ]),
  log(
    "roll-beside-sync",
    "It closes a segment while a sync of it is under way.",
    [
      `log.rollWanted && !log.closing) {\n    if (log.syncing === undefined) startRoll`,
      `log.rollWanted && !log.closing) {\n    if (true) startRoll`
    ],
    [
      `!active.reaches(first.endOffset))) {\n    if (log.syncing === undefined) startRoll`,
      `!active.reaches(first.endOffset))) {\n    if (true) startRoll`
    ]
  ),
  log("sync-beside-roll", "It writes a checkpoint of a segment that is being closed.", [
    `if (log.syncing !== undefined || log.writing?._tag === "Roll") return`,
    `if (log.syncing !== undefined) return`
  ]),
  log("two-syncs", "It begins a sync while another one is under way, and forgets that one.", [
    `if (log.syncing !== undefined || log.writing?._tag === "Roll") return`,
    `if (log.writing?._tag === "Roll") return`
  ]),
  log("two-writes", "It begins a write while another one is under way, and forgets that one.", [
    `  if (log.writing !== undefined) return\n`,
    ``
  ]),
  log(
    "segments-overfull",
    "It writes into a segment what is to be in the next one.",
    [`active.size + first.size > segmentBytes ||`, `active.size > segmentBytes ||`],
    [` && active.size + size + item.size <= segmentBytes`, ``],
    [`closed.endOffset, 0, closed.endOffset)`, `log.accepted, 0, closed.endOffset)`]
  ),
  log("producers-unheard", "It does not remember what it has accepted of a producer.", [
    `    log.producers.append(at)\n`,
    ``
  ]),
  log("snapshot-unheard", "It keeps nothing of the producers in a segment's snapshot.", [
    `      log.writtenProducers.append(batch)\n`,
    ``
  ]),
  log("snapshot-of-accepted", "Its snapshot has batches of a producer that are not written yet.", [
    `producers: log.writtenProducers, checkpoint, previous`,
    `producers: log.producers, checkpoint, previous`
  ]),
  log("answered-one-early", "It answers an append whose last record is the first that is not durable.", [
    `if (append.lastOffset >= to) still.push(append)`,
    `if (append.lastOffset > to) still.push(append)`
  ]),
  log("answered-at-once", "It takes the high watermark for the last offset that is durable.", [
    `if (lastOffset < log.highWatermark) out.push`,
    `if (lastOffset <= log.highWatermark) out.push`
  ]),
  log(
    "watermark-back",
    "Its high watermark goes where it is told to.",
    [`  if (to <= log.highWatermark) return\n`, ``],
    [`if (log.config.fsync === "always") advance(log, endOffset, out)`, `advance(log, endOffset, out)`]
  ),
  log("waits-unanswered", "It goes offline and answers nobody who waits.", [
    `for (const { id } of log.waiting) {`,
    `for (const { id } of []) {`
  ]),
  log("trims-unanswered", "It goes offline and does not answer those who wait for a deletion.", [
    `  failTrims(log, out)\n`,
    ``
  ]),
  log("acks-none-answered", "It answers one who wanted no answer.", [`  if (acks === 0) return\n`, ``]),
  log("closed-unsynced", "It closes without a last sync.", [
    `&& log.now >= log.syncDueAt) || closing`,
    `&& log.now >= log.syncDueAt)`
  ]),
  log("closed-while-reading", "It says that it is closed while a read has no answer.", [
    `if (!idle || log.reading.size > 0 || log.removing !== undefined) return`,
    `if (!idle || log.removing !== undefined) return`
  ]),
  log("closed-while-writing", "It says that it is closed while a write is under way.", [
    `const idle = log.pending.length === 0 && log.writing === undefined && log.syncing === undefined`,
    `const idle = log.syncing === undefined`
  ]),
  log(
    "sync-never-due",
    "With a sync in intervals it never comes to sync.",
    [`if (log.config.fsync === "interval") log.syncDueAt ??=`, `if (false) log.syncDueAt ??=`],
    [`dirty && log.config.fsync === "interval" ?`, `false ?`]
  ),
  log("offsets-overlap", "The next batch begins with the last offset of the one before.", [
    `log.accepted = at.lastOffset + 1`,
    `log.accepted = Math.max(1, at.lastOffset)`
  ]),
  log("roll-forgets-size", "It takes a new segment for one that begins at the old one's first offset.", [
    `log.segments.push(new Segment(done.checkpoint.base))`,
    `log.segments.push(new Segment(activeSegment(log).base))`
  ]),
  state("offsets-again", "It gives offsets away again from where the last segment begins.", [
    `accepted: end,`,
    `accepted: recovered.segments[recovered.segments.length - 1]!.base,`
  ]),
  state("start-forgotten", "It begins at 0 again after a restart.", [
    `    logStart: checkpoint.logStart,\n`,
    `    logStart: 0,\n`
  ]),
  state("shared-producers", "What is accepted and what is written share one memory of the producers.", [
    `writtenProducers: recovered.producers.copy(),`,
    `writtenProducers: recovered.producers,`
  ]),
  reads(
    "eager-reads",
    "It lets readers see what is written and not synced.",
    [`if (offset >= log.highWatermark) return fetched`, `if (offset >= log.written) return fetched`],
    [
      `if (batch.lastOffset >= log.highWatermark) return notFound`,
      `if (batch.lastOffset >= log.written) return notFound`
    ],
    [`next.success.lastOffset >= log.highWatermark) break`, `next.success.lastOffset >= log.written) break`]
  ),
  reads("batch-beyond-watermark", "It gives out the batch behind the last one that is durable.", [
    `if (Result.isFailure(next) || next.success.lastOffset >= log.highWatermark) break`,
    `if (Result.isFailure(next)) break`
  ]),
  reads("reads-deleted", "It gives out records that are deleted.", [
    `if (offset < log.logStart || offset > log.accepted)`,
    `if (offset > log.accepted)`
  ]),
  reads("range-one-short", "It refuses a fetch at the log's end.", [
    `|| offset > log.accepted)`,
    `|| offset >= log.accepted)`
  ]),
  reads("segment-before", "It looks for a segment's first offset in the segment before.", [
    `if (log.segments[middle]!.base <= offset) low`,
    `if (log.segments[middle]!.base < offset) low`
  ]),
  reads("batch-passed-over", "It passes a batch over whose last record was asked for.", [
    `return batch.lastOffset >= lookup.offset`,
    `return batch.lastOffset > lookup.offset`
  ]),
  reads("batch-too-early", "It gives out a batch that ends before the offset that was asked for.", [
    `return batch.lastOffset >= lookup.offset`,
    `return batch.lastOffset >= lookup.offset - 1`
  ]),
  reads("bytes-unlimited", "It gives out more bytes than were asked for.", [
    `    if (end + next.success.size - start > maxBytes) break\n`,
    ``
  ]),
  reads("time-passed-over", "It takes a time for one that comes after the record of that very time.", [
    `return batch.maxTimestamp >= lookup.timestamp`,
    `return batch.maxTimestamp > lookup.timestamp`
  ]),
  reads(
    "time-of-deleted",
    "It answers the look-up of a time with a record that is deleted.",
    [`if (lookup._tag === "Time" && batch.lastOffset < log.logStart) return undefined\n`, ``],
    [`offset >= log.logStart && timestamp >= wanted`, `timestamp >= wanted`]
  ),
  reads("times-in-one-segment", "It looks for a time in the first segment alone that may have it.", [
    `lookup._tag === "Time" ? findTime(log, lookup, segment.endOffset) : notFound(log, lookup)`,
    `notFound(log, lookup)`
  ]),
  reads("end-is-written", "It takes the end of what is written for the log's end.", [
    `return listed(log, id, log.highWatermark)`,
    `return listed(log, id, log.written)`
  ]),
  trim("start-at-once", "The log begins later before that is durable.", [
    `log.wantedStart = Math.max(log.wantedStart, offset)`,
    `log.wantedStart = Math.max(log.wantedStart, offset)\n  log.logStart = Math.max(log.logStart, offset)`
  ]),
  trim("trimmed-beyond-watermark", "It deletes records that are not durable yet.", [
    `if (offset < 0 || offset > log.highWatermark) {`,
    `if (offset < 0 || offset > log.accepted) {`
  ]),
  trim(
    "start-goes-back",
    "A deletion of less takes a deletion of more back.",
    [`log.wantedStart = Math.max(log.wantedStart, offset)`, `log.wantedStart = offset`],
    [`  if (logStart <= log.logStart) return\n`, ``]
  ),
  trim("live-segment-gone", "It removes the segment that holds the log's first record.", [
    `log.segments[gone]!.endOffset <= logStart`,
    `log.segments[gone]!.base <= logStart`
  ]),
  trim(
    "trim-answered-early",
    "It answers a deletion that asks for more than is durable.",
    [`if (offset <= logStart) out.push`, `if (offset <= log.wantedStart) out.push`],
    [`filter(({ offset }) => offset > logStart)`, `filter(({ offset }) => offset > log.wantedStart)`]
  ),
  retention("greedy-retention", "It gives up all closed segments where only those beyond a size may go.", [
    `const isSpare = retentionBytes >= 0 && left - segment.size >= retentionBytes`,
    `const isSpare = retentionBytes >= 0`
  ]),
  retention("size-not-counted-down", "It counts what it gives up among what is left.", [
    `    left -= segment.size\n`,
    ``
  ]),
  retention("young-records-gone", "It gives up a segment of which one record has expired.", [
    `log.now - maxTimestamp > retentionMs`,
    `log.now - maxTimestamp > retentionMs / 8`
  ])
]
