export * from "./LogScenario.ts"
export * from "./LogSubjects.ts"
