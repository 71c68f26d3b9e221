// A node that runs, and what it keeps.
export { Chain } from "./program.ts"
export * from "./Node.ts"
export * from "./NodeErrors.ts"
export { checkNodeId } from "./host/CheckOptions.ts"
export * from "./Application.ts"
export * from "./KeyValues.ts"

// What nodes agree on, and by what rules.
export * from "./Block.ts"
export * from "./Configuration.ts"
export * from "./Changes.ts"
export * from "./Quorum.ts"
export * from "./ChainSettings.ts"

// The machine, for those who bring their own disk, network and clock.
export { chain } from "./Step.ts"
export * from "./Start.ts"
export * from "./ChainInput.ts"
export * from "./ChainOutput.ts"
export * from "./Message.ts"
export * from "./Sessions.ts"
export * from "./codec/MessageCodec.ts"
export * from "./codec/RecordCodec.ts"
export * from "./codec/Replay.ts"
export * from "./codec/DamagedChain.ts"

// How a machine looks from outside.
export type { ChainState } from "./ChainState.ts"
export * from "./Status.ts"
export * from "./Describe.ts"
export * from "./Digest.ts"
