import { decodeUtf8, encodeUtf8 } from "../../core/bytes/index.ts"
import type { EventRecord, Payload } from "../../core/ports/index.ts"

/** Everything of an event but its number and the bytes of its payload, as JSON; what is absent is left out. */
interface About {
  readonly partition: number
  readonly offset: number
  readonly timestamp: number
  readonly origin?: string | undefined
  readonly version?: string | undefined
  readonly tags?: ReadonlyArray<string> | undefined
  readonly headers?: ReadonlyArray<readonly [string, string]> | undefined
  readonly header?: string | undefined
  readonly metadata?: string | undefined
  readonly expireAfter?: string | undefined
  readonly payload?: Payload["_tag"] | undefined
}

/** The layout of a body: this byte, the length of the JSON as 32 bits, the JSON, the payload. */
const layout = 1
const prefixLength = 5

const noBytes = new Uint8Array(0)
const nothing: ReadonlyArray<string> = []
const noHeaders: ReadonlyMap<string, string> = new Map()

const payloadBytes = (payload: Payload | undefined): Uint8Array => {
  if (payload === undefined) return noBytes
  return payload._tag === "Binary" ? payload.bytes : encodeUtf8(payload.text)
}

/** Encodes an event, but for its number, as bytes of its own. */
export const encodeBody = (event: EventRecord): Uint8Array => {
  const { headers, metadata, offset, origin, partition, payload, tags, timestamp, version } = event
  const about: About = {
    partition,
    offset,
    timestamp,
    origin,
    version,
    tags: tags.length === 0 ? undefined : tags,
    headers: headers.size === 0 ? undefined : [...headers],
    header: metadata.header,
    metadata: metadata.payload,
    expireAfter: metadata.expireAfter,
    payload: payload?._tag
  }
  const json = encodeUtf8(JSON.stringify(about))
  const value = payloadBytes(payload)
  const body = new Uint8Array(prefixLength + json.length + value.length)
  body[0] = layout
  new DataView(body.buffer).setUint32(1, json.length)
  body.set(json, prefixLength)
  body.set(value, prefixLength + json.length)
  return body
}

const reject = (problem: string): never => {
  throw new TypeError(problem)
}

const integer = (value: unknown, name: string): number =>
  Number.isSafeInteger(value) ? (value as number) : reject(`${name} is no integer up to 2^53 - 1`)

const optionalText = (value: unknown, name: string): string | undefined =>
  value === undefined || typeof value === "string" ? value : reject(`${name} is no text`)

const isTexts = (value: unknown): value is ReadonlyArray<string> =>
  Array.isArray(value) && value.every((each) => typeof each === "string")

const tagsOf = (value: unknown): ReadonlyArray<string> => {
  if (value === undefined) return nothing
  return isTexts(value) ? value : reject("tags is no list of texts")
}

const headersOf = (value: unknown): ReadonlyMap<string, string> => {
  if (value === undefined) return noHeaders
  const isPairs = Array.isArray(value) && value.every((each) => isTexts(each) && each.length === 2)
  return isPairs ? new Map(value as ReadonlyArray<readonly [string, string]>) : reject("headers is no list of pairs")
}

const payloadOf = (tag: unknown, bytes: Uint8Array): Payload | undefined => {
  switch (tag) {
    case undefined:
      return undefined
    case "Binary":
      return { _tag: "Binary", bytes }
    case "Text":
    case "Json":
      return { _tag: tag, text: decodeUtf8(bytes) }
    default:
      return reject(`payload is ${JSON.stringify(tag)}, which is no kind of payload`)
  }
}

/** Decodes what {@link encodeBody} made; throws a `TypeError` or a `SyntaxError` when the bytes are something else. */
export const decodeBody = (seqNr: number, body: Uint8Array): EventRecord => {
  if (body.length < prefixLength || body[0] !== layout) return reject("the body is of no layout that is known")
  const end = prefixLength + new DataView(body.buffer, body.byteOffset).getUint32(1)
  if (end > body.length) return reject("the body is cut")
  const about: unknown = JSON.parse(decodeUtf8(body, prefixLength, end))
  if (typeof about !== "object" || about === null) return reject("the body holds no object")
  const fields: Readonly<Partial<Record<keyof About, unknown>>> = about
  return {
    seqNr,
    tags: tagsOf(fields.tags),
    payload: payloadOf(fields.payload, body.slice(end)),
    timestamp: integer(fields.timestamp, "timestamp"),
    partition: integer(fields.partition, "partition"),
    offset: integer(fields.offset, "offset"),
    origin: optionalText(fields.origin, "origin"),
    version: optionalText(fields.version, "version"),
    metadata: {
      header: optionalText(fields.header, "header"),
      payload: optionalText(fields.metadata, "metadata"),
      expireAfter: optionalText(fields.expireAfter, "expireAfter")
    },
    headers: headersOf(fields.headers)
  }
}
