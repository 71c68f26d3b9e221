import { isSeqNr } from "../../../../core/journal/index.ts"

/** What is wrong with a flag's number of an event. */
export const wrongSeqNr = (flag: string, number: number): string | undefined =>
  isSeqNr(number) ? undefined : `${flag} is ${number}: give a whole number from 1 to ${Number.MAX_SAFE_INTEGER}.`
