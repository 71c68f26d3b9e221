import type { Result } from "effect/Result"
import { decodeWith, encodeWith, Reader, Writer } from "../bytes/index.ts"
import type { DecodeError, EncodeError } from "../bytes/index.ts"
import { ErrorCode } from "./ErrorCode.ts"
import { readResponseHeader, writeResponseHeader } from "./Header.ts"
import { ApiVersions } from "./messages/ApiVersions.ts"
import type { Message } from "./Message.ts"

const frameOf = (
  message: Message,
  version: number,
  correlationId: number,
  encodeBody: (writer: Writer) => void
): Uint8Array => {
  const writer = new Writer()
  const length = writer.reserveInt32()
  writeResponseHeader(writer, message, version, correlationId)
  encodeBody(writer)
  writer.patchInt32(length, writer.position - 4)
  return writer.finish()
}

/**
 * Encodes the response to a request as a whole frame, its length included.
 *
 * **Details**
 *
 * `header` says in which version and with which correlation id: pass the request's own.
 */
export const encodeResponse = <M extends Message>(
  message: M,
  header: { readonly apiVersion: number; readonly correlationId: number },
  body: M["response"]["Input"]
): Result<Uint8Array, EncodeError> =>
  encodeWith(() => {
    const codec = message.responseCodec(header.apiVersion)
    return frameOf(message, header.apiVersion, header.correlationId, (writer) => codec.encode(writer, body))
  })

/**
 * Decodes the response to a request of that message and version from the contents of a frame.
 *
 * **Details**
 *
 * Byte strings in the body are views of the frame.
 *
 * **Gotchas**
 *
 * To ask for a version that the message does not describe is a defect and throws. A broker that does not know the version of an ApiVersions request answers in version 0: decode in that version when the
 * error code is `UNSUPPORTED_VERSION`, which is in the same place in all versions.
 */
export const decodeResponse = <M extends Message>(
  message: M,
  apiVersion: number,
  frame: Uint8Array
): Result<{ readonly correlationId: number; readonly body: M["response"]["Type"] }, DecodeError> => {
  const codec = message.responseCodec(apiVersion)
  return decodeWith(() => {
    const reader = new Reader(frame)
    const correlationId = readResponseHeader(reader, message, apiVersion)
    const body = codec.decode(reader)
    reader.end()
    return { correlationId, body }
  })
}

/**
 * The frame that answers an ApiVersions request in a version which is not known.
 *
 * **Details**
 *
 * It says `UNSUPPORTED_VERSION` and lists the range of ApiVersions alone, in the layout of version 0, the only one that
 * every client reads whatever it has asked in (KIP-511).
 */
export const encodeUnsupportedApiVersions = (correlationId: number): Uint8Array => {
  const { apiKey, advertised } = ApiVersions
  return frameOf(ApiVersions, 0, correlationId, (writer) =>
    ApiVersions.responseCodec(0).encode(writer, {
      errorCode: ErrorCode.UNSUPPORTED_VERSION,
      apiKeys: [{ apiKey, minVersion: advertised.min, maxVersion: advertised.max }]
    })
  )
}
