import type { Mutant } from "../Mutant.ts"
import { partitionMutants } from "./PartitionMutants.ts"
import { storageMutants } from "./StorageMutants.ts"

/** The planted bugs of a partition's log: its machine, its files and its recovery. */
export const logMutants: ReadonlyArray<Mutant> = [...partitionMutants, ...storageMutants]
