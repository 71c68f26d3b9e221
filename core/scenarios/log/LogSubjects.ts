import { openPartitionLog, partitionLog } from "../../broker/index.ts"
import { recover } from "../../storage/index.ts"

/** What is under test: the log and the recovery of this package, or copies of them with a bug planted. */
export interface LogSubjects {
  readonly machine: typeof partitionLog
  readonly open: typeof openPartitionLog
  readonly recover: typeof recover
}

/** The log and the recovery of this package. */
export const logSubjects: LogSubjects = { machine: partitionLog, open: openPartitionLog, recover }
