export { makeChainScenario } from "./ChainScenario.ts"
export type { ChainModule } from "./ChainModule.ts"
