export { buildMutant } from "./mutants/BuildMutant.ts"
export { journalMutants } from "./mutants/journal/JournalMutants.ts"
export type { Mutant, MutantSystem, Patch } from "./mutants/Mutant.ts"
export { MutantRefused } from "./mutants/MutantRefused.ts"
