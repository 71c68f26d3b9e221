import type { Difference, FieldDifference } from "../../../../core/journal/index.ts"

const fieldsText = (fields: ReadonlyArray<FieldDifference>): string =>
  fields.map(({ field, log, store }) => `${field} is ${store} and should be ${log}`).join("; ")

const reasons = {
  deleted: "was deleted",
  purged: "was purged with its journal",
  beyond: "is above its journal's last number",
  unknown: "is not in the log"
} as const

const what = (difference: Difference): string => {
  switch (difference._tag) {
    case "PointerBeyondLog":
      return `the store has it up to offset ${difference.pointer}, and the log ends at ${difference.logEnd}: they do not belong together`
    case "PointerBelowLog":
      return `the log has lost the records ${difference.from} to ${difference.to}, which the store never had`
    case "JournalMissing":
      return `is not in the store; its last record is ${difference.offset}`
    case "JournalUnexpected":
      return `is in the store, as of record ${difference.offset}, and not in the log`
    case "HeadBehind":
      return `its head is of record ${difference.store} and should be of ${difference.offset}`
    case "HeadAhead":
      return `its head is of record ${difference.store}, and the log has nothing of it after ${difference.offset}`
    case "HeadDiffers":
      return `its head, of record ${difference.offset}, differs: ${fieldsText(difference.fields)}`
    case "EventMissing":
      return `event ${difference.seqNr}, of record ${difference.offset}, is missing`
    case "EventDiffers":
      return `event ${difference.seqNr}, of record ${difference.offset}, differs: ${fieldsText(difference.fields)}`
    case "EventDoubled":
      return `event ${difference.seqNr} is there more than once`
    case "EventUnexpected":
      return `event ${difference.seqNr}, of record ${difference.offset}, is in the store and ${reasons[difference.why]}`
  }
}

/** A difference as a person reads it, in one line. */
export const differenceText = (difference: Difference): string => {
  const place = `${difference.topic}-${difference.partition}`
  return "id" in difference
    ? `${place} journal ${JSON.stringify(difference.id)}: ${what(difference)}`
    : `${place}: ${what(difference)}`
}

/** A difference as a program reads it, in one line. */
export const differenceJson = ({ _tag, ...difference }: Difference): string =>
  JSON.stringify({ type: "difference", difference: _tag, ...difference })
