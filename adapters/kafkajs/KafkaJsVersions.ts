import { InitProducerId, Metadata, Produce, type VersionRange } from "../../core/protocol/index.ts"

/**
 * The versions that appends through kafkajs can be made with, by API key: a broker has to have one of each. A record's
 * headers begin with Produce 3.
 */
export const appendVersions: ReadonlyMap<number, VersionRange> = new Map([
  [Produce.apiKey, { min: 3, max: 7 }],
  [Metadata.apiKey, { min: 0, max: 6 }],
  [InitProducerId.apiKey, { min: 0, max: 1 }]
])
