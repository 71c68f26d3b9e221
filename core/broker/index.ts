export { type BrokerConfig, defaultBrokerConfig, type FsyncPolicy } from "./BrokerConfig.ts"
export { ImageDamaged } from "./BrokerImage.ts"
export { defaultGroupConfig, type GroupConfig } from "./GroupState.ts"
export { type BrokerOptions, type BrokerStartError, type RunningBroker, start } from "./program.ts"
