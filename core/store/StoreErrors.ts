import { JournalStoreError } from "../ports/index.ts"
import type { JournalKey, WriteStep } from "../ports/index.ts"

/** A journal as a part of a sentence. */
export const journalName = ({ id, topic }: JournalKey): string => `journal ${JSON.stringify(id)} of topic ${topic}`

/** The pointer is not where a step says, but at `actual`: another replicator has moved it. */
export const fencedPointer = (
  { partition, previous, topic }: Extract<WriteStep, { readonly _tag: "PutPointer" }>,
  actual: number | undefined
): JournalStoreError =>
  new JournalStoreError({
    reason: "Fenced",
    operation: "write",
    message:
      `Another replicator has moved the pointer of ${topic}-${partition} from ${previous ?? "nowhere"} ` +
      `to ${actual ?? "nowhere"}: stop this one, or let it start again from there.`
  })

/** A write to a store that was opened for reading only. */
export const readOnlyError = (place: string): JournalStoreError =>
  new JournalStoreError({
    reason: "Failed",
    operation: "write",
    message: `${place} was opened for reading only: open it for writing.`
  })

/** What is stored cannot be decoded; `what` names it, as the beginning of a sentence, and `unit` is what to restore. */
export const corruptError = (
  operation: string,
  what: string,
  unit: "row" | "item",
  cause: unknown
): JournalStoreError => {
  const problem = cause instanceof Error ? cause.message : String(cause)
  const message = `${what} cannot be decoded (${problem}): restore the ${unit}, or remove it and replicate it again.`
  return new JournalStoreError({ reason: "Corrupt", operation, message, cause })
}

/** The package that a store's adapter works with cannot be loaded. */
export const missingDriver = (name: string, cause: unknown): JournalStoreError =>
  new JournalStoreError({
    reason: "Failed",
    operation: "open",
    message: `The package ${name} cannot be loaded: install it with \`npm install ${name}\`.`,
    cause
  })
