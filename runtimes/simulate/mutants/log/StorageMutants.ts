import type { Mutant } from "../Mutant.ts"
import { planted } from "../Planted.ts"

const recovery = planted("log", "core/storage/Recovery.ts")
const roll = planted("log", "core/storage/RollPlan.ts")
const producers = planted("log", "core/storage/ProducerStates.ts")
const checkpoint = planted("log", "core/storage/Checkpoint.ts")
const scan = planted("log", "core/storage/SegmentScan.ts")
const segment = planted("log", "core/storage/Segment.ts")

/** Bugs of a log's files: how they are written, and how they are found again. */
export const storageMutants: ReadonlyArray<Mutant> = [
  recovery(
    "forgetful",
    "It forgets its producers in a restart.",
    [`  const producers = yield* producersBefore(`, `  yield* producersBefore(`],
    [
      `  const synced = found.base`,
      `  const producers = new ProducerStates(options.maxProducers)\n  const synced = found.base`
    ],
    [`    producers.append(batch)\n    if (last.size`, `    if (last.size`]
  ),
  recovery("snapshot-not-read", "It knows after a restart only producers that have written since the last snapshot.", [
    `const producers = states ?? new ProducerStates(options.maxProducers)`,
    `const producers = new ProducerStates(options.maxProducers)`
  ]),
  recovery(
    "active-producers-lost",
    "It knows after a restart only producers that have written before the last segment.",
    [`    producers.append(batch)\n    if (last.size`, `    if (last.size`]
  ),
  recovery("torn-tail", "It leaves the torn end of a log where it is.", [
    `    yield* disk.truncate(path, last.size)\n`,
    ``
  ]),
  recovery(
    "unsynced-recovery",
    "It gives out records after a restart that it has not synced: they may be lost with what is answered by them.",
    [`isSynced ? [marks] : [path, marks]`, `[marks]`]
  ),
  recovery(
    "tail-only-read",
    "It syncs what it has found of a log, though the system has forgotten that it is to be written.",
    [`  if (!isSynced) yield* copyBytes(disk, unsure, unsure, last.size - unsure.position)\n`, ``]
  ),
  recovery(
    "checkpoint-only-read",
    "It goes on from a checkpoint which the system has forgotten to be not on the disk.",
    [`    checkpointStep(folder, found),\n`, ``]
  ),
  recovery(
    "recovery-believes-checkpoint",
    "It leaves what it has found beyond the checkpoint as it is, synced or not.",
    [`found.base === active && size === synced`, `found.base === active && size === end.position`]
  ),
  recovery("early-removal", "It removes what lies before the log's start before that start is durable.", [
    `isSynced ? [marks] : [path, marks]`,
    `isSynced ? [] : [path, marks]`
  ]),
  recovery("first-segment-removed", "It removes the segment that begins where the log does.", [
    `all.findLast((base) => base <= found.logStart) ?? 0`,
    `all.find((base) => base > found.logStart) ?? 0`
  ]),
  recovery("made-without-checkpoint", "It makes a partition's folder without a checkpoint that is synced.", [
    `  { _tag: "Sync", paths: [checkpointFile(folder)] },\n  { _tag: "SyncFolder", path: folder },\n  { _tag: "SyncFolder", path: "" }\n]`,
    `  { _tag: "SyncFolder", path: folder },\n  { _tag: "SyncFolder", path: "" }\n]`
  ]),
  recovery(
    "made-without-name",
    "It makes a partition's files and leaves their names to be lost.",
    [
      `  { _tag: "Sync", paths: [checkpointFile(folder)] },\n  { _tag: "SyncFolder", path: folder },\n  { _tag: "SyncFolder", path: "" }\n]`,
      `  { _tag: "Sync", paths: [checkpointFile(folder)] }\n]`
    ],
    [
      `    { _tag: "SyncFolder", path: folder },\n    { _tag: "SyncFolder", path: "" },\n    checkpointStep`,
      `    checkpointStep`
    ]
  ),
  recovery(
    "folder-made-unnamed",
    "It makes a partition's folder and leaves its name to be lost.",
    [
      `  { _tag: "SyncFolder", path: folder },\n  { _tag: "SyncFolder", path: "" }\n]`,
      `  { _tag: "SyncFolder", path: folder }\n]`
    ],
    [`    { _tag: "SyncFolder", path: "" },\n    checkpointStep`, `    checkpointStep`]
  ),
  recovery("cut-not-said", "It says that a log is longer than what it has left of it.", [
    `    position: last.size,\n    endOffset: last.endOffset`,
    `    position: size,\n    endOffset: last.endOffset`
  ]),
  recovery("recovered-start-lost", "The checkpoint of a recovery forgets where the log begins.", [
    `    ...found,\n    sequence: found.sequence + 1,`,
    `    ...found,\n    logStart: bases[0]!,\n    sequence: found.sequence + 1,`
  ]),
  roll("careless-roll", "It begins a segment before the one that it closes is synced.", [
    `paths: [log, checkpointFile(folder), ...`,
    `paths: [checkpointFile(folder), ...`
  ]),
  roll("nameless-roll", "It begins a segment without making its file's name durable.", [
    `    { _tag: "SyncFolder", path: folder },\n    checkpointStep`,
    `    checkpointStep`
  ]),
  roll(
    "snapshot-without-name",
    "It begins a segment before the name of the snapshot that it goes on from is durable.",
    [`    { _tag: "SyncFolder", path: folder },\n    { _tag: "Write"`, `    { _tag: "Write"`]
  ),
  roll("checkpoint-before-segment", "It writes a checkpoint that names a segment whose file is not made yet.", [
    `    { _tag: "Write", path: logFile(folder, next), position: 0, chunks: [] },\n    { _tag: "SyncFolder", path: folder },\n    checkpointStep(folder, checkpoint),\n`,
    `    checkpointStep(folder, checkpoint),\n    { _tag: "Write", path: logFile(folder, next), position: 0, chunks: [] },\n    { _tag: "SyncFolder", path: folder },\n`
  ]),
  roll("snapshot-of-another-end", "It writes the snapshot of a segment's end under the name of its beginning.", [
    `[snapshotFile(folder, next), producers.encode(next)]`,
    `[snapshotFile(folder, closed.base), producers.encode(closed.base)]`
  ]),
  producers("duplicates-unseen", "It does not recognise a batch that it has.", [
    `if (kept.firstSequence === batch.baseSequence && kept.lastSequence === last)`,
    `if (false)`
  ]),
  producers("duplicates-by-beginning", "It takes every batch with a known first number for a duplicate.", [
    ` && kept.lastSequence === last)`,
    `)`
  ]),
  producers(
    "duplicates-one-only",
    "It remembers of a producer only the last batch.",
    [`const keptBatches = 5`, `const keptBatches = 1`],
    [`[...before.slice(1 - keptBatches), appended]`, `[appended]`]
  ),
  producers("duplicates-without-end", "It remembers all batches of a producer.", [
    `[...before.slice(1 - keptBatches), appended]`,
    `[...before, appended]`
  ]),
  producers("gaps-accepted", "It takes any sequence number for the next one.", [
    `return batch.baseSequence === sequenceAfter(newest.lastSequence, 1) ? isNew : outOfOrder`,
    `return isNew`
  ]),
  producers("sequence-does-not-wrap", "It waits for a sequence number beyond the largest.", [
    `batch.baseSequence === sequenceAfter(newest.lastSequence, 1)`,
    `batch.baseSequence === newest.lastSequence + 1`
  ]),
  producers("old-epoch-accepted", "It takes the batches of a producer that a younger incarnation has replaced.", [
    `if (batch.producerEpoch < known.epoch) return staleEpoch`,
    `if (batch.producerEpoch < known.epoch) return isNew`
  ]),
  producers("new-epoch-anywhere", "It lets a producer with a new epoch begin at any sequence number.", [
    `if (batch.producerEpoch > known.epoch) return batch.baseSequence === 0 ? isNew : outOfOrder`,
    `if (batch.producerEpoch > known.epoch) return isNew`
  ]),
  producers("old-epoch-remembered", "It measures a producer's new epoch by the batches of its old one.", [
    `known?.epoch === producerEpoch ? known.batches : []`,
    `known?.batches ?? []`
  ]),
  producers("youngest-forgotten", "Where there are too many producers it forgets the one that has written last.", [
    `for (const oldest of this.#producers.keys()) {`,
    `for (const oldest of [...this.#producers.keys()].reverse()) {`
  ]),
  producers(
    "order-of-arrival",
    "Where there are too many producers it forgets the one that came first, though it writes.",
    [`    this.#producers.delete(producerId)\n`, ``]
  ),
  producers("one-producer-too-few", "It forgets a producer when there is room for it.", [
    `if (this.#producers.size > this.#max)`,
    `if (this.#producers.size >= this.#max && this.#max > 1)`
  ]),
  producers("snapshot-loses-epoch", "A snapshot gives every producer the epoch 0.", [
    `out.int16(epoch)`,
    `out.int16(0)`
  ]),
  checkpoint("older-slot", "It reads the older of two checkpoints.", [
    `return even.sequence > odd.sequence ? even : odd`,
    `return even.sequence < odd.sequence ? even : odd`
  ]),
  checkpoint("slot-zero", "It writes every checkpoint in the same place.", [
    `(checkpoint.sequence % 2) * slotStride`,
    `0`
  ]),
  scan("checksums-not-looked-at", "It takes a batch for whole without looking at its checksum.", [
    `splitBatches, validateBatch }`,
    `splitBatches, readBatchHeader as validateBatch }`
  ]),
  segment("index-one-too-far", "Its index leads behind the batch that is looked for.", [
    `offset - this.base + 1)`,
    `offset - this.base + 4096)`
  ]),
  segment("time-index-one-too-far", "Its index of times leads behind the first record of a time.", [
    `return this.#position(this.#times, timestamp)`,
    `return this.#position(this.#times, timestamp + 1)`
  ]),
  segment("index-of-nothing", "It forgets how long a segment is that it has read from its index.", [
    `if (reader.int64() !== base || reader.int64() !== segment.#size) return undefined`,
    `if (reader.int64() !== base || reader.int64() !== segment.#size) return undefined\n      segment.#endOffset -= 1`
  ])
]
