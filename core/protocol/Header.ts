import { decodeWith, Reader } from "../bytes/index.ts"
import type { DecodeError, Writer } from "../bytes/index.ts"
import type { Result } from "effect/Result"
import { codecOf, skipTaggedFields } from "./Codec.ts"
import { string } from "./Field.ts"
import type { Message } from "./Message.ts"

/** What every request begins with. */
export interface RequestHeader {
  readonly apiKey: number
  readonly apiVersion: number
  /** Chosen by the client; the response carries it back. */
  readonly correlationId: number
  readonly clientId: string | null
}

/** A string with a two-byte length, also in the flexible header (KIP-482). */
const clientId = codecOf(string.nullable(), { version: 0, flexible: false })

const isFlexible = (message: Message, version: number): boolean => version >= message.flexibleSince

/** ApiVersions answers without tagged fields in every version (KIP-511). */
const hasFlexibleResponseHeader = (message: Message, version: number): boolean =>
  isFlexible(message, version) && message.name !== "ApiVersions"

/**
 * The part of the request header that does not depend on the version: `apiKey:int16 apiVersion:int16 correlationId:int32`.
 *
 * **Gotchas**
 *
 * Throws `DecodeError`, as do the other functions here that take a reader.
 */
export const readRequestPrefix = (reader: Reader): Omit<RequestHeader, "clientId"> => ({
  apiKey: reader.int16(),
  apiVersion: reader.int16(),
  correlationId: reader.int32()
})

/** The rest of the header: `clientId:string?`, in flexible versions followed by tagged fields, all of which are skipped. */
export const readClientId = (reader: Reader, message: Message, version: number): string | null => {
  const id = clientId.decode(reader)
  if (isFlexible(message, version)) skipTaggedFields(reader)
  return id
}

/** Writes the request header, version 1 or, for flexible versions, 2. */
export const writeRequestHeader = (writer: Writer, message: Message, header: Omit<RequestHeader, "apiKey">): void => {
  writer.int16(message.apiKey)
  writer.int16(header.apiVersion)
  writer.int32(header.correlationId)
  clientId.encode(writer, header.clientId)
  if (isFlexible(message, header.apiVersion)) writer.unsignedVarint(0)
}

/** Reads the response header, version 0 or, for flexible versions, 1, and returns the correlation id. */
export const readResponseHeader = (reader: Reader, message: Message, version: number): number => {
  const correlationId = reader.int32()
  if (hasFlexibleResponseHeader(message, version)) skipTaggedFields(reader)
  return correlationId
}

/** Writes the response header, version 0 or, for flexible versions, 1. */
export const writeResponseHeader = (writer: Writer, message: Message, version: number, correlationId: number): void => {
  writer.int32(correlationId)
  if (hasFlexibleResponseHeader(message, version)) writer.unsignedVarint(0)
}

/**
 * The correlation id of a response.
 *
 * **When to use**
 *
 * By a client, to find the request that a response answers and with it the message and version to decode it in.
 */
export const correlationIdOf = (response: Uint8Array): Result<number, DecodeError> =>
  decodeWith(() => new Reader(response).int32())
