import { TaggedError } from "effect/Data"
import { fail, flatMap } from "effect/Result"
import type { Result } from "effect/Result"
import { decodeWith, encodeWith, Reader, Writer } from "../bytes/index.ts"
import type { DecodeError, EncodeError } from "../bytes/index.ts"
import { apiOf } from "./Apis.ts"
import type { ApiName, Apis } from "./Apis.ts"
import { readClientId, readRequestPrefix, writeRequestHeader } from "./Header.ts"
import type { RequestHeader } from "./Header.ts"
import type { Message } from "./Message.ts"
import { includesVersion } from "./VersionRange.ts"

/** A request as a broker sees it; `name` tells which API it is and with that what its body is. */
export type Request = {
  readonly [Name in ApiName]: {
    readonly name: Name
    readonly header: RequestHeader
    readonly body: Apis[Name]["request"]["Type"]
  }
}[ApiName]

/**
 * A request for an API, or in a version of one, that is not described here.
 *
 * **When to use**
 *
 * By a broker: answer ApiVersions (key 18) with `encodeUnsupportedApiVersions`, and for everything else close the
 * connection, since there is no layout to answer in.
 */
export class UnsupportedRequest extends TaggedError("UnsupportedRequest")<{
  readonly reason: "UnknownApi" | "UnsupportedVersion"
  readonly apiKey: number
  readonly apiVersion: number
  readonly correlationId: number
  readonly message: string
}> {
  constructor(reason: "UnknownApi" | "UnsupportedVersion", header: Omit<RequestHeader, "clientId">) {
    const { apiKey, apiVersion, correlationId } = header
    const message =
      reason === "UnknownApi"
        ? `The API with key ${apiKey} is not known; choose one that the ApiVersions response lists.`
        : `Version ${apiVersion} of the API with key ${apiKey} is not known; choose one that the ApiVersions response lists.`
    super({ reason, apiKey, apiVersion, correlationId, message })
  }
}

/**
 * Encodes a request as a whole frame, its length included.
 *
 * **Gotchas**
 *
 * Fields that the version does not have are not written, whatever their value is.
 */
export const encodeRequest = <M extends Message>(
  message: M,
  header: Omit<RequestHeader, "apiKey">,
  body: M["request"]["Input"]
): Result<Uint8Array, EncodeError> =>
  encodeWith(() => {
    const codec = message.requestCodec(header.apiVersion)
    const writer = new Writer()
    const length = writer.reserveInt32()
    writeRequestHeader(writer, message, header)
    codec.encode(writer, body)
    writer.patchInt32(length, writer.position - 4)
    return writer.finish()
  })

/** Elements of all arrays of one request together: more than any client sends, and little enough to hold in memory. */
const maxElements = 1_000_000

/**
 * Decodes a request from the contents of a frame.
 *
 * **Details**
 *
 * All versions that are advertised are decoded, also those outside of the message's `served` range. Arrays of more than
 * a million elements in all are refused.
 *
 * **Gotchas**
 *
 * Byte strings in the body are views of the frame and keep its memory: copy what outlives the request, such as the metadata
 * of a group's member.
 */
export const decodeRequest = (frame: Uint8Array): Result<Request, DecodeError | UnsupportedRequest> => {
  const reader = new Reader(frame, 0, frame.length, maxElements)
  return flatMap(
    decodeWith(() => readRequestPrefix(reader)),
    (prefix): Result<Request, DecodeError | UnsupportedRequest> => {
      const api = apiOf(prefix.apiKey)
      if (api === undefined) return fail(new UnsupportedRequest("UnknownApi", prefix))
      if (!includesVersion(api.advertised, prefix.apiVersion)) {
        return fail(new UnsupportedRequest("UnsupportedVersion", prefix))
      }
      return decodeWith(() => {
        const clientId = readClientId(reader, api, prefix.apiVersion)
        const body = api.requestCodec(prefix.apiVersion).decode(reader)
        reader.end()
        return { name: api.name, header: { ...prefix, clientId }, body } as Request
      })
    }
  )
}
