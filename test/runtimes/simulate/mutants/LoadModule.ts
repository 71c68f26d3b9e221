import type { LoadModule } from "../../../../runtimes/simulate/index.ts"

/** Has the modules of a mutant loaded as those of the tests are. */
export const loadModule: LoadModule = (url) => import(/* @vite-ignore */ url)
