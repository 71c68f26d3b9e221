import * as Arr from "effect/Array"
import type { JournalHead, LogPage } from "../../ports/index.ts"
import type { JournalError } from "../model/JournalError.ts"
import { movedHead } from "../ports/MovedJournal.ts"
import { replicationBatch } from "../fold/ReplicationBatch.ts"
import type { StoreRequest } from "./ReplicationRequest.ts"
import type { Batch, Head, ReplicationState } from "./ReplicationState.ts"

/** The most heads that are asked for at once. */
const headsAtOnce = 1000

/** A batch whose heads are being read. */
export interface LoadingBatch {
  readonly batch: Batch
  readonly requests: ReadonlyArray<StoreRequest>
}

/**
 * Decodes a page, and says which heads have to be read for it.
 *
 * **Details**
 *
 * The batch in hand may be on its way to the store: the heads that it leaves behind are known from its plan, and other
 * journals it does not touch, so that their heads are the same before and after.
 */
export const loadBatch = ({ config, known, writing }: ReplicationState, page: LogPage): LoadingBatch => {
  const batch = replicationBatch(config.topic, config.partition, page)
  const heads = new Map<string, Head>()
  const missing: Array<string> = []
  for (const id of batch.actions.keys()) {
    if (writing?.heads.has(id) === true) heads.set(id, writing.heads.get(id))
    else if (known.has(id)) heads.set(id, known.get(id))
    else missing.push(id)
  }
  const requests = Arr.chunksOf(missing, headsAtOnce).map((ids): StoreRequest => ({ _tag: "ReadHeads", ids }))
  return { batch: { ...batch, logEnd: page.stableEnd, heads, missing: missing.length }, requests }
}

/** The first head that says that its journal is another partition's. */
export const firstMoved = (
  { config }: ReplicationState,
  heads: ReadonlyMap<string, JournalHead>
): JournalError | undefined => {
  for (const [id, head] of heads) {
    const error = movedHead({ topic: config.topic, id }, config.partition, head)
    if (error !== undefined) return error
  }
  return undefined
}

/** A batch with the heads of some of its journals, of which those that are not among `heads` have none. */
export const withHeads = (batch: Batch, ids: ReadonlyArray<string>, heads: ReadonlyMap<string, JournalHead>): Batch => {
  let { missing } = batch
  for (const id of ids) {
    if (batch.heads.has(id)) continue
    batch.heads.set(id, heads.get(id))
    missing--
  }
  return { ...batch, missing }
}
