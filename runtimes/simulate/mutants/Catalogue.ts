import { chainMutants } from "./chain/ChainMutants.ts"
import { groupMutants } from "./groups/GroupMutants.ts"
import { journalMutants } from "./journal/JournalMutants.ts"
import { lambdaMutants } from "./lambda/LambdaMutants.ts"
import { logMutants } from "./log/LogMutants.ts"
import type { Mutant, MutantSystem } from "./Mutant.ts"

/** All planted bugs, by the system that has to find them. */
export const mutants: Readonly<Record<MutantSystem, ReadonlyArray<Mutant>>> = {
  chain: chainMutants,
  journal: journalMutants,
  log: logMutants,
  groups: groupMutants,
  lambda: lambdaMutants
}
