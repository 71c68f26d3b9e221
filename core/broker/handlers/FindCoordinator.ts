import { ErrorCode } from "../../protocol/index.ts"
import type { BrokerState } from "../BrokerState.ts"
import type { Call } from "../Call.ts"

const groupKey = 0
const transactionKey = 1

/** Names this broker as the coordinator of everything. */
export const handleFindCoordinator = (broker: BrokerState, call: Call<"FindCoordinator">): void => {
  const { body, version } = call
  const node = { nodeId: broker.config.nodeId, ...call.advertised }
  const nowhere = { nodeId: -1, host: "", port: -1 }
  const errorOf = (key: string): { readonly errorCode: number; readonly errorMessage: string | null } => {
    if (body.keyType !== groupKey && body.keyType !== transactionKey) {
      const errorMessage = `There are no coordinators of type ${body.keyType} here.`
      return { errorCode: ErrorCode.INVALID_REQUEST, errorMessage }
    }
    if (body.keyType === groupKey && key === "" && version > 0) {
      return { errorCode: ErrorCode.INVALID_GROUP_ID, errorMessage: "A group id must not be empty." }
    }
    if (body.keyType === groupKey && !broker.offsetsReadable()) {
      const errorMessage = "The committed offsets cannot be read, see the broker's log."
      return { errorCode: ErrorCode.COORDINATOR_NOT_AVAILABLE, errorMessage }
    }
    return { errorCode: ErrorCode.NONE, errorMessage: null }
  }
  const found = (key: string) => {
    const error = errorOf(key)
    return { ...(error.errorCode === ErrorCode.NONE ? node : nowhere), ...error }
  }
  if (version < 4) return broker.reply(call, found(body.key))
  broker.reply(call, { coordinators: body.coordinatorKeys.map((key) => ({ key, ...found(key) })) })
}
