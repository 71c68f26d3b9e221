import type { Mutant } from "../Mutant.ts"
import { cacheMutants } from "./CacheMutants.ts"
import { recoveryMutants } from "./RecoveryMutants.ts"
import { replicationMutants } from "./ReplicationMutants.ts"

/** The planted bugs of the journal: its readers, its replicator, and its cache of tails. */
export const journalMutants: ReadonlyArray<Mutant> = [...recoveryMutants, ...replicationMutants, ...cacheMutants]
