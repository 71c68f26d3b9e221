import { getOrThrow, isFailure } from "effect/Result"
import type { Result } from "effect/Result"
import { describe, expect, it } from "vitest"
import { encodeUtf8 } from "../../../core/bytes/index.ts"
import {
  apis,
  decodeRequest,
  decodeResponse,
  encodeRequest,
  encodeResponse,
  Fetch,
  Heartbeat,
  JoinGroup,
  Metadata,
  Produce
} from "../../../core/protocol/index.ts"
import type { Input, Message } from "../../../core/protocol/index.ts"

const failureOf = <E>(result: Result<unknown, E>): E => {
  if (isFailure(result)) return result.failure
  throw new Error("a failure was expected")
}

const header = (apiVersion: number) => ({ apiVersion, correlationId: 1, clientId: null })

/** A request's frame contents: api key, version, correlation id 1 and null client id, then the given bytes. */
const requestOf = (message: Message, version: number, ...rest: ReadonlyArray<number | string>): Uint8Array =>
  Uint8Array.from([
    ...[0, message.apiKey, 0, version, 0, 0, 0, 1, 0xff, 0xff],
    ...rest.flatMap((part) => (typeof part === "string" ? [...encodeUtf8(part)] : [part]))
  ])

const hex = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")

describe("layouts", () => {
  it("a version without tagged fields has two-byte string lengths and four-byte counts", () => {
    const bytes = getOrThrow(
      encodeRequest(
        Heartbeat,
        { apiVersion: 3, correlationId: 258, clientId: "me" },
        {
          groupId: "g",
          generationId: 5,
          memberId: "m1"
        }
      )
    )
    expect(hex(bytes)).toBe(
      "00000019" + "000c0003" + "00000102" + "00026d65" + "000167" + "00000005" + "00026d31" + "ffff"
    )
  })

  it("a flexible version has compact lengths and tagged fields, but a plain client id", () => {
    const bytes = getOrThrow(
      encodeRequest(
        Heartbeat,
        { apiVersion: 4, correlationId: 258, clientId: "me" },
        {
          groupId: "g",
          generationId: 5,
          memberId: "m1",
          groupInstanceId: "i"
        }
      )
    )
    expect(hex(bytes)).toBe(
      "00000019" + "000c0004" + "00000102" + "00026d65" + "00" + "0267" + "00000005" + "036d31" + "0269" + "00"
    )
  })

  it("unknown tagged fields are skipped in the header and in every struct", () => {
    const unknown = [2, 5, 1, 0xee, 6, 0]
    const frame = requestOf(
      Produce,
      9,
      ...unknown,
      ...[0, 0, 1, 0, 0, 0, 9, 2, 2, "t", 2, 0, 0, 0, 3, 3, 0xaa, 0xbb],
      ...unknown,
      ...unknown,
      ...unknown
    )
    expect(getOrThrow(decodeRequest(frame))).toMatchObject({
      name: "Produce",
      body: {
        transactionalId: null,
        acks: 1,
        timeoutMs: 9,
        topicData: [{ name: "t", partitionData: [{ index: 3, records: Uint8Array.of(0xaa, 0xbb) }] }]
      }
    })
  })

  it("a tagged field is written only where it differs from its default", () => {
    const partition = { partitionIndex: 0, errorCode: 6, highWatermark: -1, records: null }
    const sizeOf = (currentLeader: { readonly leaderId: number; readonly leaderEpoch: number } | undefined): number =>
      getOrThrow(
        encodeResponse(
          Fetch,
          { apiVersion: 16, correlationId: 1 },
          { responses: [{ partitions: [{ ...partition, currentLeader }] }] }
        )
      ).length
    expect(sizeOf({ leaderId: -1, leaderEpoch: -1 })).toBe(sizeOf(undefined))
    expect(sizeOf({ leaderId: 2, leaderEpoch: 7 })).toBe(sizeOf(undefined) + 1 + 1 + 8 + 1)
  })

  it("a tagged field whose size disagrees with its value is a DecodeError", () => {
    const clusterId = (size: number, ...tail: ReadonlyArray<number>): Uint8Array =>
      requestOf(Fetch, 12, 0, ...Array.from({ length: 25 }, () => 0), 1, 1, 1, 1, 0, size, 2, "c", ...tail)
    expect(getOrThrow(decodeRequest(clusterId(2)))).toMatchObject({ body: { clusterId: "c" } })
    expect(failureOf(decodeRequest(clusterId(3, 0)))).toMatchObject({ reason: "TrailingBytes" })
    expect(failureOf(decodeRequest(clusterId(1)))).toMatchObject({ reason: "Truncated" })
  })

  it("records are a view of the frame", () => {
    const frame = requestOf(
      Produce,
      3,
      0xff,
      0xff,
      0,
      1,
      0,
      0,
      0,
      9,
      0,
      0,
      0,
      1,
      0,
      1,
      "t",
      0,
      0,
      0,
      1,
      0,
      0,
      0,
      3,
      0,
      0,
      0,
      1,
      9
    )
    const request = getOrThrow(decodeRequest(frame))
    if (request.name !== "Produce") return expect.fail(request.name)
    const records = request.body.topicData[0]?.partitionData[0]?.records
    expect(records).toEqual(Uint8Array.of(9))
    expect(records?.buffer).toBe(frame.buffer)
  })

  it("a decoded value has the defaults of the fields that its version lacks", () => {
    const frame = requestOf(Metadata, 1, 0xff, 0xff, 0xff, 0xff)
    expect(getOrThrow(decodeRequest(frame)).body).toEqual({
      topics: null,
      allowAutoTopicCreation: true,
      includeClusterAuthorizedOperations: false,
      includeTopicAuthorizedOperations: false
    })
  })
})

describe("untrusted bytes", () => {
  it("a count that the remaining bytes cannot hold is InvalidLength before anything is allocated", () => {
    const wide = failureOf(decodeRequest(requestOf(Metadata, 1, 0x7f, 0xff, 0xff, 0xff)))
    expect(wide).toMatchObject({ reason: "InvalidLength", what: "topics.count" })
    const compact = failureOf(decodeRequest(requestOf(Metadata, 9, 0, 0xff, 0xff, 0xff, 0xff, 0x0f, 1, 1, 1)))
    expect(compact).toMatchObject({ reason: "InvalidLength", what: "topics.count" })
  })

  it("a length of bytes beyond the end is Truncated", () => {
    const frame = Uint8Array.of(0, 0, 0, 1, 0, 0, 0x7f, 0xff, 0xff, 0xff)
    expect(failureOf(decodeResponse(apis.SyncGroup, 0, frame))).toMatchObject({ reason: "Truncated" })
  })

  it("null where a version has none is InvalidLength and named by its path", () => {
    const frame = requestOf(Metadata, 1, 0, 0, 0, 2, 0, 1, "a", 0xff, 0xff)
    expect(failureOf(decodeRequest(frame))).toMatchObject({ reason: "InvalidLength", what: "topics[1].name.string" })
  })

  it("a negative length other than null is InvalidLength", () => {
    expect(failureOf(decodeRequest(requestOf(Metadata, 1, 0xff, 0xff, 0xff, 0xfe)))).toMatchObject({
      reason: "InvalidLength"
    })
  })

  it("a compact string above 32767 bytes is InvalidLength", () => {
    const text = "x".repeat(32768)
    const frame = requestOf(Heartbeat, 4, 0, 0x81, 0x80, 0x02, text, 0, 0, 0, 0, 1, 1, 0)
    expect(failureOf(decodeRequest(frame))).toMatchObject({ reason: "InvalidLength", what: "groupId.string" })
  })
})

describe("values that cannot be written", () => {
  const join: Input<typeof JoinGroup.request> = {
    groupId: "g",
    sessionTimeoutMs: 1,
    memberId: "",
    protocolType: "consumer",
    protocols: []
  }

  it("a number beyond its width is an EncodeError named by its path", () => {
    const failure = failureOf(encodeRequest(JoinGroup, header(5), { ...join, sessionTimeoutMs: 2 ** 31 }))
    expect(failure).toMatchObject({ _tag: "EncodeError", reason: "NumberOutOfRange", what: "sessionTimeoutMs.int32" })
  })

  it("a string above 32767 bytes is TooLong", () => {
    const failure = failureOf(encodeRequest(JoinGroup, header(5), { ...join, memberId: "é".repeat(16384) }))
    expect(failure).toMatchObject({ reason: "TooLong", what: "memberId.string" })
  })

  it("null in a version that has no null there is InvalidValue", () => {
    const failure = failureOf(encodeRequest(Metadata, header(9), { topics: [{ name: "a" }, { name: null }] }))
    expect(failure).toMatchObject({ reason: "InvalidValue", what: "topics[1].name.string" })
    expect(isFailure(encodeRequest(Metadata, header(10), { topics: [{ name: null }] }))).toBe(false)
  })

  it("a value without default that is missing is InvalidValue", () => {
    const failure = failureOf(encodeRequest<Message>(JoinGroup, header(5), { ...join, groupId: undefined }))
    expect(failure).toMatchObject({ reason: "InvalidValue", what: "groupId.value" })
  })

  it("a version that is not described is InvalidValue", () => {
    expect(failureOf(encodeRequest(JoinGroup, header(10), join))).toMatchObject({ what: "apiVersion" })
    expect(failureOf(encodeRequest(JoinGroup, header(-1), join))).toMatchObject({ what: "apiVersion" })
  })
})
