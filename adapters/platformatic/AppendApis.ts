import { highestCommonVersion, InitProducerId, Produce } from "../../core/protocol/index.ts"
import type { Platformatic } from "./PlatformaticModule.ts"
import { platformaticVersions } from "./PlatformaticVersions.ts"

/** The requests of an append in the versions that one broker has. */
export interface AppendApis {
  readonly produce: Platformatic["produceV11"]["api"]
  readonly initProducerId: Platformatic["initProducerIdV5"]["api"]
}

type Listed = ReadonlyArray<{ readonly apiKey: number; readonly minVersion: number; readonly maxVersion: number }>

const agreed = (listed: Listed, apiKey: number): number | undefined => {
  const theirs = listed.find((each) => each.apiKey === apiKey)
  const ours = platformaticVersions.get(apiKey)
  if (theirs === undefined || ours === undefined) return undefined
  return highestCommonVersion(ours, { min: theirs.minVersion, max: theirs.maxVersion })
}

/** Chooses the requests for a broker that lists these versions; `undefined` where it lacks one. */
export const appendApis = (library: Platformatic, listed: Listed): AppendApis | undefined => {
  const produces: ReadonlyMap<number, AppendApis["produce"]> = new Map([
    [3, library.produceV3.api],
    [4, library.produceV4.api],
    [5, library.produceV5.api],
    [6, library.produceV6.api],
    [7, library.produceV7.api],
    [8, library.produceV8.api],
    [9, library.produceV9.api],
    [10, library.produceV10.api],
    [11, library.produceV11.api]
  ])
  const inits: ReadonlyMap<number, AppendApis["initProducerId"]> = new Map([
    [0, library.initProducerIdV0.api],
    [1, library.initProducerIdV1.api],
    [2, library.initProducerIdV2.api],
    [3, library.initProducerIdV3.api],
    [4, library.initProducerIdV4.api],
    [5, library.initProducerIdV5.api]
  ])
  const produce = produces.get(agreed(listed, Produce.apiKey) ?? -1)
  const initProducerId = inits.get(agreed(listed, InitProducerId.apiKey) ?? -1)
  return produce === undefined || initProducerId === undefined ? undefined : { produce, initProducerId }
}
