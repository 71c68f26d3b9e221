export { buildMutant, type LoadModule } from "./mutants/BuildMutant.ts"
export { mutants } from "./mutants/Catalogue.ts"
export type { Mutant, MutantSystem, Patch } from "./mutants/Mutant.ts"
export { MutantRefused } from "./mutants/MutantRefused.ts"
