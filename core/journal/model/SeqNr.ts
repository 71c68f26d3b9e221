/**
 * The number of an event in its journal: a safe integer from 1.
 *
 * **Details**
 *
 * kafka-journal allows numbers up to 2^63 - 1; here the largest one is 2^53 - 1, and whatever is beyond is a typed error
 * where it is read.
 */
export type SeqNr = number

/** The sequence number of a journal's first event. */
export const minSeqNr: SeqNr = 1

/** The largest sequence number, 2^53 - 1. */
export const maxSeqNr: SeqNr = Number.MAX_SAFE_INTEGER

/** Whether the number is a safe integer from 1. */
export const isSeqNr = (value: number): value is SeqNr => Number.isSafeInteger(value) && value >= minSeqNr

/** The sequence number after this one, or `undefined` after the largest: numbers never wrap. */
export const nextSeqNr = (seqNr: SeqNr): SeqNr | undefined => (seqNr < maxSeqNr ? seqNr + 1 : undefined)

/** The sequence number before this one, or `undefined` before the first. */
export const previousSeqNr = (seqNr: SeqNr): SeqNr | undefined => (seqNr > minSeqNr ? seqNr - 1 : undefined)

/** Sequence numbers `from` to `to`, both inclusive; `from` is not above `to`. */
export interface SeqRange {
  readonly from: SeqNr
  readonly to: SeqNr
}
