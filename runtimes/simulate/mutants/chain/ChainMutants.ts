import type { Mutant } from "../Mutant.ts"
import { commitMutants } from "./CommitMutants.ts"
import { electionMutants } from "./ElectionMutants.ts"
import { membershipMutants } from "./MembershipMutants.ts"
import { persistenceMutants } from "./PersistenceMutants.ts"
import { proposalMutants } from "./ProposalMutants.ts"
import { readMutants } from "./ReadMutants.ts"
import { snapshotMutants } from "./SnapshotMutants.ts"

/** The planted bugs of Chained Raft. */
export const chainMutants: ReadonlyArray<Mutant> = [
  ...electionMutants,
  ...persistenceMutants,
  ...commitMutants,
  ...proposalMutants,
  ...readMutants,
  ...membershipMutants,
  ...snapshotMutants
]
