export * from "./RunScript.ts"
export * from "./Script.ts"
export * from "./ScriptError.ts"
export type { ScriptMachine } from "./World.ts"
