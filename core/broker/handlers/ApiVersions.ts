import { advertisedApis, ErrorCode } from "../../protocol/index.ts"
import type { Call } from "../Call.ts"
import type { BrokerState } from "../BrokerState.ts"

/** What a client may call itself (KIP-511). */
const softwareText = /^[a-zA-Z0-9](?:[a-zA-Z0-9\-.]*[a-zA-Z0-9])?$/

/** Says which APIs there are. */
export const handleApiVersions = (broker: BrokerState, call: Call<"ApiVersions">): void => {
  const { clientSoftwareName, clientSoftwareVersion } = call.body
  const named = softwareText.test(clientSoftwareName) && softwareText.test(clientSoftwareVersion)
  const valid = call.version < 3 || named
  broker.reply(call, {
    errorCode: valid ? ErrorCode.NONE : ErrorCode.INVALID_REQUEST,
    apiKeys: valid ? advertisedApis : []
  })
}
