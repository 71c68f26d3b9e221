export * from "./LambdaScenario.ts"
export * from "./LambdaSubjects.ts"
