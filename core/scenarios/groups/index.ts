export * from "./GroupScenario.ts"
export * from "./GroupsSubjects.ts"
