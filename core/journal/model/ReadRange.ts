import type { JournalKey } from "../../ports/index.ts"
import { JournalError } from "./JournalError.ts"
import { isSeqNr, maxSeqNr } from "./SeqNr.ts"

/**
 * Which events to read, both inclusive. `from` is 1 unless given; `to` is the last there is. A range whose `to` is below its
 * `from` has no events, and a read of it ends at once.
 */
export interface ReadRange {
  readonly from?: number
  readonly to?: number
}

/** Why nothing can be read of such a range; `undefined` where it can. */
export const wrongRange = (key: JournalKey, { from, to }: Required<ReadRange>): JournalError | undefined =>
  isSeqNr(from) && isSeqNr(to)
    ? undefined
    : new JournalError({
        reason: "Invalid",
        ...key,
        message: `Cannot read events ${from} to ${to}: both must be whole numbers from 1 to ${maxSeqNr}.`
      })
