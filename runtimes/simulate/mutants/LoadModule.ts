import type { LoadModule } from "./BuildMutant.ts"

/** Loads a module that was just written, or that the program has. */
export const loadModule: LoadModule = (url) => import(url)
