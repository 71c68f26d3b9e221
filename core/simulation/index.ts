export * from "./Fnv.ts"
export * from "./Prng.ts"
