import { array, boolean, int16, int32, int64, string, struct } from "../Field.ts"
import { message } from "../Message.ts"

/**
 * Asks a broker which APIs it has and in which versions.
 *
 * **Details**
 *
 * ```
 * request  v0-2  (nothing)
 *          v3-4  clientSoftwareName:string clientSoftwareVersion:string
 * response v0    errorCode:int16 apiKeys:[apiKey:int16 minVersion:int16 maxVersion:int16]
 *          v1-2  … throttleTimeMs:int32
 *          v3-4  … <0 supportedFeatures:[name:string minVersion:int16 maxVersion:int16]>
 *                  <1 finalizedFeaturesEpoch:int64>
 *                  <2 finalizedFeatures:[name:string maxVersionLevel:int16 minVersionLevel:int16]>
 *                  <3 zkMigrationReady:boolean>
 * ```
 *
 * **Gotchas**
 *
 * The response has the header without tagged fields in every version, since its reader does not know yet what the broker
 * speaks (KIP-511). A request in an unknown version is answered in version 0: see `encodeUnsupportedApiVersions`.
 */
export const ApiVersions = message({
  name: "ApiVersions",
  apiKey: 18,
  advertised: [0, 4],
  flexibleSince: 3,
  request: struct({
    clientSoftwareName: string.since(3).default(""),
    clientSoftwareVersion: string.since(3).default("")
  }),
  response: struct({
    errorCode: int16,
    apiKeys: array(struct({ apiKey: int16, minVersion: int16, maxVersion: int16 })),
    throttleTimeMs: int32.since(1).default(0),
    supportedFeatures: array(struct({ name: string, minVersion: int16, maxVersion: int16 }))
      .since(3)
      .tagged(0),
    finalizedFeaturesEpoch: int64.since(3).default(-1).tagged(1),
    finalizedFeatures: array(struct({ name: string, maxVersionLevel: int16, minVersionLevel: int16 }))
      .since(3)
      .tagged(2),
    zkMigrationReady: boolean.since(3).tagged(3)
  })
})
