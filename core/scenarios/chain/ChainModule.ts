import type * as Chain from "../../chain/index.ts"

/** What the scenario runs: the face of `core/chain`, or of a copy of it with a bug planted. */
export type ChainModule = Pick<
  typeof Chain,
  | "applyBlock"
  | "chain"
  | "decodeMessage"
  | "decodeRecord"
  | "decodeSnapshot"
  | "digest"
  | "encodeMessage"
  | "encodeRecord"
  | "encodeSnapshot"
  | "makeSessions"
  | "replay"
  | "segmentHead"
  | "start"
>
