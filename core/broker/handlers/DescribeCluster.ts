import { ErrorCode } from "../../protocol/index.ts"
import type { BrokerState } from "../BrokerState.ts"
import type { Call } from "../Call.ts"

const brokerEndpoints = 1

/** Names the one broker, which is its own controller, at the address that the client has reached. */
export const handleDescribeCluster = (broker: BrokerState, call: Call<"DescribeCluster">): void => {
  const { clusterId, nodeId } = broker.config
  const { endpointType } = call.body
  if (endpointType !== brokerEndpoints) {
    const errorMessage = "This is a broker: ask for the endpoints of brokers (1)."
    const errorCode = ErrorCode.MISMATCHED_ENDPOINT_TYPE
    return broker.reply(call, { errorCode, errorMessage, endpointType, clusterId, brokers: [] })
  }
  broker.reply(call, {
    errorCode: ErrorCode.NONE,
    endpointType,
    clusterId,
    controllerId: nodeId,
    brokers: [{ brokerId: nodeId, ...call.advertised }]
  })
}
