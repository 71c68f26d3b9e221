import type { Mutant } from "../Mutant.ts"
import { coordinatorMutants } from "./CoordinatorMutants.ts"
import { memberMutants } from "./MemberMutants.ts"
import { offsetsMutants } from "./OffsetsMutants.ts"

/** The planted bugs of consumer groups: the coordinator, what is committed, and the members. */
export const groupMutants: ReadonlyArray<Mutant> = [...coordinatorMutants, ...offsetsMutants, ...memberMutants]
