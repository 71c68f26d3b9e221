import { appendVersions } from "../../../../adapters/kafkajs/index.ts"
import { platformaticVersions } from "../../../../adapters/platformatic/index.ts"
import { clientVersions } from "../../../../core/client/index.ts"
import { apiOf, ApiVersions, Fetch, ListOffsets, Metadata } from "../../../../core/protocol/index.ts"
import type { LogClient } from "../../OpenLog.ts"
import type { NeededApi } from "./BrokerChecks.ts"

/** What brokers have to speak so that one can read, and append with this library. */
export const neededApis = (client: LogClient): ReadonlyArray<NeededApi> => [
  ...[ApiVersions, Metadata, ListOffsets, Fetch].flatMap(({ apiKey, name }) => {
    const range = clientVersions.get(apiKey)
    return range === undefined ? [] : [{ name, apiKey, range, purpose: "reads" }]
  }),
  ...[...(client === "platformatic" ? platformaticVersions : appendVersions)].map(([apiKey, range]) => {
    return { name: apiOf(apiKey)?.name ?? String(apiKey), apiKey, range, purpose: "appends" }
  })
]
