import type { JournalError } from "../../core/journal/index.ts"
import { CommitLogError } from "../../core/ports/index.ts"
import { Problem, type ProblemKind } from "./Problem.ts"

/** What a refusal of the log is, as its cause tells. */
const refusedKind = ({ cause }: JournalError): ProblemKind => {
  if (!(cause instanceof CommitLogError)) return "unavailable"
  switch (cause.reason) {
    case "UnknownTopic":
      return "unknown-topic"
    case "TooLarge":
      return "too-large"
    default:
      return "log-refused"
  }
}

const kindOf = (error: JournalError): ProblemKind => {
  switch (error.reason) {
    case "Unavailable":
    case "Changed":
      return "unavailable"
    case "Unknown":
      return "unknown-outcome"
    case "Refused":
      return refusedKind(error)
    case "Invalid":
      return "invalid-events"
    case "Corrupt":
    case "Lost":
      return "damaged"
    case "Store":
      return "store-failed"
  }
}

/** A journal operation that failed, as whoever asked for it is told. */
export const journalProblem = (error: JournalError): Problem => {
  const { id, message, offset, partition, topic } = error
  return new Problem({ kind: kindOf(error), message, details: { topic, id, partition, offset }, cause: error })
}
