import { array, boolean, int16, int32, int8, string, struct } from "../Field.ts"
import { message } from "../Message.ts"

/**
 * Reads the settings of topics and brokers.
 *
 * **Details**
 *
 * ```
 * request  v0   resources:[resourceType:int8 resourceName:string configurationKeys:[string]?]
 *          v1-2 … includeSynonyms:boolean
 *          v3   … includeDocumentation:boolean
 *          v4   the same, flexible
 * response v0   throttleTimeMs:int32 results:[errorCode:int16 errorMessage:string? resourceType:int8
 *               resourceName:string configs:[name:string value:string? readOnly:boolean isDefault:boolean
 *               isSensitive:boolean]]
 *          v1-2 each setting name value readOnly configSource:int8 isSensitive
 *               synonyms:[name:string value:string? source:int8]
 *          v3   each setting … configType:int8 documentation:string?
 *          v4   the same, flexible
 * ```
 *
 * **Gotchas**
 *
 * Null and no keys at all both ask for every setting.
 */
export const DescribeConfigs = message({
  name: "DescribeConfigs",
  apiKey: 32,
  advertised: [0, 4],
  flexibleSince: 4,
  request: struct({
    resources: array(
      struct({ resourceType: int8, resourceName: string, configurationKeys: array(string).nullable().default(null) })
    ),
    includeSynonyms: boolean.since(1).default(false),
    includeDocumentation: boolean.since(3).default(false)
  }),
  response: struct({
    throttleTimeMs: int32.default(0),
    results: array(
      struct({
        errorCode: int16,
        errorMessage: string.nullable().default(null),
        resourceType: int8,
        resourceName: string,
        configs: array(
          struct({
            name: string,
            value: string.nullable(),
            readOnly: boolean,
            isDefault: boolean.until(0).default(false),
            configSource: int8.since(1).default(-1),
            isSensitive: boolean,
            synonyms: array(struct({ name: string, value: string.nullable(), source: int8 }))
              .since(1)
              .default([]),
            configType: int8.since(3).default(0),
            documentation: string.nullable().since(3).default(null)
          })
        )
      })
    )
  })
})
