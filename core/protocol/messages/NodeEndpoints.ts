import { array, int32, string, struct } from "../Field.ts"

/** Where the brokers are that a response names as leaders, so that a client need not ask for metadata (KIP-951). */
export const nodeEndpoints = array(
  struct({ nodeId: int32, host: string, port: int32, rack: string.nullable().default(null) })
)
