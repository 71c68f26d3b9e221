import { InitProducerId, Produce, type VersionRange } from "../../core/protocol/index.ts"

/**
 * The versions that appends through `@platformatic/kafka` can be made with, by API key: a broker has to have one of each.
 * A record's headers begin with Produce 3.
 */
export const platformaticVersions: ReadonlyMap<number, VersionRange> = new Map([
  [Produce.apiKey, { min: 3, max: 11 }],
  [InitProducerId.apiKey, { min: 0, max: 5 }]
])
