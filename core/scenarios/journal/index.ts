export * from "./JournalScenario.ts"
export * from "./JournalSubjects.ts"
