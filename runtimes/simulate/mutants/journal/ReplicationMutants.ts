import type { Mutant } from "../Mutant.ts"
import { planted } from "../Planted.ts"

const replication = planted("journal", "core/journal/replicate/Replication.ts")
const belonging = planted("journal", "core/journal/trust/Belonging.ts")
const lease = planted("journal", "core/journal/replicate/PointerLease.ts")
const batch = planted("journal", "core/journal/fold/ReplicationBatch.ts")
const loading = planted("journal", "core/journal/replicate/BatchLoading.ts")
const writing = planted("journal", "core/journal/replicate/BatchWriting.ts")
const plan = planted("journal", "core/journal/fold/ReplicationPlan.ts")
const fold = planted("journal", "core/journal/fold/Fold.ts")

/** Bugs of a replicator, and of the fold that it shares with the reader. */
export const replicationMutants: ReadonlyArray<Mutant> = [
  writing(
    "pointer-first",
    "It tears a transaction up, and moves the pointer before it writes what the pointer promises.",
    [`[whole()]`, `[[pointerStep(state, batch)], plans.flatMap((plan) => plan.steps)]`]
  ),
  writing(
    "pointer-beside",
    "It moves the pointer beside the writes that the pointer promises.",
    [
      `: linesOf(plans, journalsAtOnce)`,
      `: new Map([...linesOf(plans, journalsAtOnce), ...(moved ? [[1000, [[pointerStep(state, batch)]]] as const] : [])])`
    ],
    [`pointerWritten: atomic || !moved`, `pointerWritten: true`]
  ),
  writing("second-steps-forgotten", "Of journals that are written together it writes the first steps alone.", [
    `Math.max(longest, steps.length)`,
    `Math.min(1, Math.max(longest, steps.length))`
  ]),
  writing("steps-at-once", "It has all steps of a journal carried out at once, in no order.", [
    `return Array.from({ length: most }, (_, at) => plans.flatMap(({ steps }) => steps[at] ?? []))`,
    `return most === 0 ? [] : [plans.flatMap(({ steps }) => steps).toReversed()]`
  ]),
  loading(
    "heads-ahead-from-the-store",
    "It reads the heads of the next batch while this one is written, also those that this one changes.",
    [`if (writing?.heads.has(id) === true) heads.set(id, writing.heads.get(id))\n    else if`, `if`]
  ),
  replication("pointer-after-first-line", "It moves the pointer when the first journal of several is written.", [
    `return lines.size === 0 ? progressed(state, writing, batch)`,
    `return true ? progressed(state, writing, batch)`
  ]),
  writing(
    "pointer-taken-back",
    "It moves the pointer to two records short of what it has written, and so at times back.",
    [`offset: batch.nextOffset - 1`, `offset: batch.nextOffset - 3`]
  ),
  writing("pointer-one-too-far", "Its pointer promises one record more than it has written.", [
    `offset: batch.nextOffset - 1,`,
    `offset: batch.nextOffset,`
  ]),
  replication("begins-one-too-far", "It goes on one record behind the pointer's next one.", [
    `return follow({ ...state, belongs: true }, (state.pointer ?? -1) + 1)`,
    `return follow({ ...state, belongs: true }, (state.pointer ?? -1) + 2)`
  ]),
  replication("store-not-compared", "It goes on from the pointer of any store, whatever log that was filled from.", [
    `if (belongs || offset === undefined) return follow`,
    `if (true) return follow`
  ]),
  replication("other-log-passed-over", "It compares the store with the log, and goes on whatever it finds.", [
    `if (belonging._tag === "Other")`,
    `if (false)`
  ]),
  belonging(
    "interrupted-write-taken-for-another-log",
    "It takes a head that was written before the pointer for another log's.",
    [
      `if (stored.partition !== place.partition || stored.offset > to) return "unknown"`,
      `if (stored.partition !== place.partition) return "unknown"`
    ]
  ),
  belonging(
    "interrupted-purge-taken-for-another-log",
    "It takes a head for missing that a purge behind the pointer has removed.",
    [`!journal.isMissing || !purged(journal)`, `true`]
  ),
  belonging(
    "moving-store-taken-for-another-log",
    "It does not look whether a replicator has written to the store while it was compared.",
    [`if (offset !== place.pointer || first === undefined)`, `if (offset === undefined || first === undefined)`]
  ),
  replication("late-answers-taken", "It takes an answer to what it had asked before it began again.", [
    `return input.epoch === state.epoch ? answered(state, input.answer) : [state, []]`,
    `return answered(state, input.answer)`
  ]),
  replication("heads-outlive-fencing", "It keeps the heads it knew when another replicator has moved on.", [
    `  state.known.clear()\n`,
    ``
  ]),
  replication(
    "heads-remembered-early",
    "It takes the heads that it plans for heads that are in the store.",
    [
      `const { conflicts, writing } = planBatch(state, batch)`,
      `const { conflicts, writing } = planBatch(state, batch)\n  for (const [id, head] of writing.heads) state.known.set(id, head)`
    ],
    [`  state.known.clear()\n`, ``]
  ),
  replication("lost-records-passed-over", "It goes on behind records that the log has lost and the store never had.", [
    `return state.pointer === undefined && state.batch === undefined\n        ?`,
    `return true\n        ?`
  ]),
  replication("unfenced", "It goes on from what it knows when another replicator has moved the pointer.", [
    `state.stopping ? stop(state) : begin(state)`,
    `written(state, 0)`
  ]),
  replication(
    "pointer-not-looked-at",
    "It never looks whether it was replaced before it writes to a store that does not tell it.",
    [`if (config.atomic || holds(lease, now)) {`, `if (true) {`],
    [`const until = config.atomic ? undefined : lease.until`, `const until = undefined`]
  ),
  replication("look-before-asking-alone", "What it has asked to be written is begun however much later.", [
    `const until = config.atomic ? undefined : lease.until`,
    `const until = undefined`
  ]),
  replication("moved-pointer-passed-over", "It looks at the pointer before it writes, and not at where it is.", [
    `if (offset !== before.pointer) return fenced(before)`,
    `if (false) return fenced(before)`
  ]),
  lease("lease-from-the-answer", "What it was told of the pointer counts from when it heard it.", [
    `const until = since + termMs`,
    `const until = now + termMs`
  ]),
  replication("failed-write-taken-for-done", "It takes a write that failed for one that went well.", [
    `return stalled(state, answer.error, answer.request)`,
    `return answer.request._tag === "Write" ? written(state, answer.request.line) : stalled(state, answer.error, answer.request)`
  ]),
  replication("failed-write-forgotten", "It waits for ever for a write that failed.", [
    `return stalled(state, answer.error, answer.request)`,
    `return [state, [{ _tag: "Stalled", error: answer.error, retryAt: state.now }]]`
  ]),
  replication("rest-of-page-lost", "It leaves out what follows a purge in the same page.", [
    `  if (rest !== undefined) return load(state, rest)\n`,
    ``
  ]),
  batch(
    "purge-in-one-batch",
    "A purge is copied in one batch with the actions before it, so that a reader takes the end of a life for the beginning of one.",
    [`if (given?.action._tag === "Purge" && line !== undefined) {`, `if (false) {`]
  ),
  plan("unrepaired-delete", "It does not remove again what a redelivered delete was to remove.", [
    `else if (action._tag === "Delete") draft.redelivered = true`,
    ``
  ]),
  plan("redelivery-applied", "It applies an action again that the head has already.", [
    `if (stored === undefined || action.offset > stored.offset) apply`,
    `if (true) apply`
  ]),
  plan("last-action-applied-again", "It applies the head's own last action again.", [
    `action.offset > stored.offset) apply`,
    `action.offset >= stored.offset) apply`
  ]),
  plan(
    "head-before-events",
    "It writes a head before the events that the head promises.",
    [`    if (events.length > 0) steps.push({ _tag: "PutEvents", key, head, previous, events })\n`, ``],
    [
      `steps.push({ _tag: "PutHead", key, head, previous })`,
      `steps.push({ _tag: "PutHead", key, head, previous })\n    if (events.length > 0) steps.push({ _tag: "PutEvents", key, head, previous, events })`
    ]
  ),
  plan("removal-before-head", "It removes events before the head says that they are deleted.", [
    `  const { deleteTo } = head\n`,
    `  const { deleteTo } = head\n  if (purgedAt === undefined && deleteTo > (stored?.deleteTo ?? 0)) steps.push({ _tag: "RemoveEvents", key, head, from: 1, to: deleteTo })\n`
  ]),
  plan("purge-without-emptied-head", "A purge removes the events before the head says that they are gone.", [
    `...(deleteTo < seqNr ?`,
    `...(false ?`
  ]),
  plan(
    "head-removed-first",
    "A purge removes the head before the events, which nobody removes after a crash between the two.",
    [
      `    { _tag: "RemoveEvents", key, head: emptied, from: 1, to: seqNr },\n    { _tag: "RemoveHead", key, previous: emptied, partition, offset }\n`,
      `    { _tag: "RemoveHead", key, previous: emptied, partition, offset },\n    { _tag: "RemoveEvents", key, head: emptied, from: 1, to: seqNr }\n`
    ]
  ),
  plan("purge-keeps-head", "A purge leaves the head where it is.", [
    `    { _tag: "RemoveHead", key, previous: emptied, partition, offset }\n`,
    ``
  ]),
  plan("purge-keeps-rows", "A purge leaves the events where they are.", [
    `    { _tag: "RemoveEvents", key, head: emptied, from: 1, to: seqNr },\n`,
    ``
  ]),
  plan("new-name-each-time", "It gives a journal a new name with each action, as if each began a life of its own.", [
    `recordId: head === undefined ? recordId(key.topic, partition, offset) : head.recordId`,
    `recordId: recordId(key.topic, partition, offset)`
  ]),
  plan("same-name-after-purge", "It gives the next life of a journal the name of the one before.", [
    `    draft.head = undefined\n`,
    ``
  ]),
  plan("head-keeps-offset", "Its head keeps the offset of the journal's first action.", [
    `    partition,\n    offset,\n    seqNr,`,
    `    partition,\n    offset: head?.offset ?? offset,\n    seqNr,`
  ]),
  plan("removal-one-short", "A delete leaves the last event that it was to remove.", [
    `to: removeTo })`,
    `to: removeTo - 1 })`
  ]),
  plan("append-forgets-removal", "An append takes what a delete before it has left for removed.", [
    `if (draft.state === undefined) draft.removedTo = state.deleteTo`,
    `draft.removedTo = state.deleteTo`
  ]),
  fold("beginning-forgotten", "The head of a journal that begins beyond 1 does not say so.", [
    `? { seqNr: range.to, deleteTo: range.from - 1 }`,
    `? { seqNr: range.to, deleteTo: 0 }`
  ]),
  fold("beginning-moved", "An append to a journal of which nothing is deleted begins it anew.", [
    `? { ...state, seqNr: range.to }`,
    `? { seqNr: range.to, deleteTo: state.deleteTo === 0 ? range.from - 1 : state.deleteTo }`
  ]),
  fold("beginning-taken-back", "An append that begins below a journal's beginning takes that back.", [
    `? { ...state, seqNr: range.to }`,
    `? { seqNr: range.to, deleteTo: Math.min(state.deleteTo, range.from - 1) }`
  ]),
  fold("number-taken-twice", "Of two events of one number it takes both.", [
    `event.seqNr > last && event.seqNr <= range.to`,
    `event.seqNr >= last && event.seqNr <= range.to`
  ]),
  fold("last-writer-wins", "Of two writers who used one number the later one wins.", [
    `if (event.seqNr > last && event.seqNr <= range.to) {`,
    `if (event.seqNr <= range.to) {`
  ]),
  fold("header-not-looked-at", "It takes events beyond the range that their record's header claims.", [
    `event.seqNr > last && event.seqNr <= range.to`,
    `event.seqNr > last`
  ]),
  fold("number-goes-back", "An append of lower numbers takes the last number back.", [
    `: range.to > state.seqNr\n`,
    `: range.to !== state.seqNr\n`
  ]),
  fold("delete-beyond-last", "A delete reaches numbers that are not written yet.", [
    `Math.max(state.deleteTo, Math.min(to, state.seqNr))`,
    `Math.max(state.deleteTo, to)`
  ]),
  fold("delete-taken-back", "A delete takes an earlier one back that reached further.", [
    `Math.max(state.deleteTo, Math.min(to, state.seqNr))`,
    `Math.min(to, state.seqNr)`
  ]),
  fold("delete-of-nothing", "A delete of a journal that does not exist does nothing.", [
    `? { seqNr: to, deleteTo: to }`,
    `? { seqNr: 0, deleteTo: 0 }`
  ])
]
