import { array, boolean, int16, int32, int8, string, struct } from "../Field.ts"
import { message } from "../Message.ts"
import { authorizedOperations } from "./AuthorizedOperations.ts"

/**
 * Names the brokers of the cluster and its controller (KIP-700).
 *
 * **Details**
 *
 * ```
 * request  v0 includeClusterAuthorizedOperations:boolean
 *          v1 … endpointType:int8
 * response v0 throttleTimeMs:int32 errorCode:int16 errorMessage:string? clusterId:string controllerId:int32
 *             brokers:[brokerId:int32 host:string port:int32 rack:string?] clusterAuthorizedOperations:int32
 *          v1 throttleTimeMs errorCode errorMessage endpointType:int8 …
 * ```
 *
 * All versions are flexible. Endpoints of type 1 are brokers, of type 2 controllers.
 */
export const DescribeCluster = message({
  name: "DescribeCluster",
  apiKey: 60,
  advertised: [0, 1],
  flexibleSince: 0,
  request: struct({
    includeClusterAuthorizedOperations: boolean.default(false),
    endpointType: int8.since(1).default(1)
  }),
  response: struct({
    throttleTimeMs: int32.default(0),
    errorCode: int16,
    errorMessage: string.nullable().default(null),
    endpointType: int8.since(1).default(1),
    clusterId: string,
    controllerId: int32.default(-1),
    brokers: array(struct({ brokerId: int32, host: string, port: int32, rack: string.nullable().default(null) })),
    clusterAuthorizedOperations: authorizedOperations
  })
})
