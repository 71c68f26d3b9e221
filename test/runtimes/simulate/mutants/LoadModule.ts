import type { LoadModule } from "../../../../runtimes/simulate/mutants/BuildMutant.ts"

/** Has the modules of a mutant loaded as those of the tests are. */
export const loadModule: LoadModule = (url) => import(/* @vite-ignore */ url)
