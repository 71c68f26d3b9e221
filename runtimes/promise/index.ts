export { bytesPayload, isSeqNr, jsonPayload, rawPayload, schemaPayload, textPayload } from "../../core/journal/index.ts"
export type {
  Appended,
  AppendOptions,
  Explanation,
  Followed,
  JournalError,
  JournalEvent,
  NewEvent,
  PayloadCodec,
  ReadRange
} from "../../core/journal/index.ts"
export type { BrokerTls, SaslMechanism } from "../../core/client/index.ts"
export type { CompressionCodec } from "../../core/log/index.ts"
export { KeyValues, NodeStopped, ProposalRefused, ProposalUnknown } from "../../core/chain/index.ts"
export type { Applied, Application, Member, NodeStatus } from "../../core/chain/index.ts"
export * from "./Broker.ts"
export * from "./Chain.ts"
export * from "./Journals.ts"
export type * from "./JournalsOptions.ts"
export type { LogClient } from "../node/index.ts"
export type { Log } from "./Runtime.ts"
