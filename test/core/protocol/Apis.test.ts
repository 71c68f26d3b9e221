import { getOrThrow, isFailure } from "effect/Result"
import { describe, expect, it } from "vitest"
import {
  advertisedApis,
  type ApiName,
  apiOf,
  apis,
  ApiVersions,
  correlationIdOf,
  decodeRequest,
  decodeResponse,
  encodeResponse,
  encodeUnsupportedApiVersions,
  ErrorCode,
  Heartbeat,
  highestCommonVersion,
  includesVersion
} from "../../../core/protocol/index.ts"

const prefix = (apiKey: number, apiVersion: number): Uint8Array =>
  Uint8Array.of(0, apiKey, apiVersion >> 8, apiVersion, 0, 0, 0, 42)

describe("the registry", () => {
  it("lists every API once, in the order of the keys, with the range that clients look for", () => {
    expect(advertisedApis.map(({ apiKey, minVersion, maxVersion }) => [apiKey, minVersion, maxVersion])).toEqual([
      [0, 0, 11],
      [1, 0, 17],
      [2, 0, 9],
      [3, 0, 12],
      [8, 0, 9],
      [9, 0, 9],
      [10, 0, 6],
      [11, 0, 9],
      [12, 0, 4],
      [13, 0, 5],
      [14, 0, 5],
      [15, 0, 5],
      [16, 0, 5],
      [18, 0, 4],
      [19, 0, 7],
      [20, 0, 6],
      [21, 0, 2],
      [22, 0, 5],
      [23, 0, 4],
      [32, 0, 4],
      [37, 0, 3],
      [42, 0, 2],
      [60, 0, 1]
    ])
  })

  const lookedFor: ReadonlyArray<
    readonly [client: string, versions: ReadonlyArray<readonly [ApiName, ...Array<number>]>]
  > = [
    [
      "librdkafka before 2.11",
      [
        ["Produce", 2, 3, 7],
        ["Fetch", 2, 4, 10],
        ["ApiVersions", 0],
        ["FindCoordinator", 0],
        ["OffsetCommit", 1, 2],
        ["OffsetFetch", 1],
        ["JoinGroup", 0],
        ["SyncGroup", 0],
        ["Heartbeat", 0],
        ["LeaveGroup", 0],
        ["ListOffsets", 1],
        ["InitProducerId", 0],
        ["OffsetForLeaderEpoch", 2]
      ]
    ],
    [
      "@platformatic/kafka",
      [
        ["ApiVersions", 3],
        ["Metadata", 12],
        ["Fetch", 13],
        ["Heartbeat", 4],
        ["DescribeGroups", 5],
        ["CreateTopics", 7],
        ["DeleteTopics", 6],
        ["DeleteGroups", 2],
        ["OffsetForLeaderEpoch", 4]
      ]
    ]
  ]
  it.each(lookedFor)("%s finds the versions without which it turns something off", (_, versions) => {
    for (const [name, ...wanted] of versions) {
      for (const version of wanted)
        expect([name, version, includesVersion(apis[name].advertised, version)]).toContain(true)
    }
  })

  it("no client is invited to send metrics", () => {
    for (const telemetry of [71, 72]) expect(apiOf(telemetry)).toBeUndefined()
  })

  it("Produce before 3 and Fetch before 4 are advertised and not served", () => {
    expect(apis.Produce.served).toEqual({ min: 3, max: 11 })
    expect(apis.Fetch.served).toEqual({ min: 4, max: 17 })
  })

  it("an API is found by its key", () => {
    expect(apiOf(11)).toBe(apis.JoinGroup)
    expect(apiOf(71)).toBeUndefined()
  })

  it("names agree with the properties they stand under", () => {
    for (const [name, api] of Object.entries(apis)) expect(api.name).toBe(name)
  })
})

describe("requests that are not described", () => {
  it("an unknown API is UnsupportedRequest with its correlation id", () => {
    const result = decodeRequest(prefix(71, 0))
    expect(isFailure(result) && result.failure).toMatchObject({
      _tag: "UnsupportedRequest",
      reason: "UnknownApi",
      apiKey: 71,
      correlationId: 42
    })
  })

  it("an unknown version is UnsupportedRequest, also a negative one", () => {
    for (const [version, expected] of [
      [13, 13],
      [0xffff, -1]
    ] as const) {
      const result = decodeRequest(prefix(3, version))
      expect(isFailure(result) && result.failure).toMatchObject({
        reason: "UnsupportedVersion",
        apiKey: 3,
        apiVersion: expected
      })
    }
  })

  it("an ApiVersions request in an unknown version is answered in version 0 with its own range", () => {
    const frame = encodeUnsupportedApiVersions(42)
    expect([...frame]).toEqual([
      ...[0, 0, 0, 16],
      ...[0, 0, 0, 42],
      ...[0, 35],
      ...[0, 0, 0, 1],
      ...[0, 18, 0, 0, 0, 4]
    ])
    expect(getOrThrow(decodeResponse(ApiVersions, 0, frame.subarray(4)))).toMatchObject({
      correlationId: 42,
      body: { errorCode: ErrorCode.UNSUPPORTED_VERSION }
    })
  })
})

describe("response headers", () => {
  it("a flexible response has tagged fields after its correlation id", () => {
    const frame = getOrThrow(encodeResponse(Heartbeat, { apiVersion: 4, correlationId: 42 }, { errorCode: 0 }))
    expect([...frame]).toEqual([0, 0, 0, 12, 0, 0, 0, 42, 0, 0, 0, 0, 0, 0, 0, 0])
  })

  it.each([0, 1, 2, 3, 4])("ApiVersions version %i has none", (apiVersion) => {
    const body = { errorCode: 0x0102, apiKeys: [] }
    const frame = getOrThrow(encodeResponse(ApiVersions, { apiVersion, correlationId: 42 }, body))
    expect([...frame.subarray(4, 10)]).toEqual([0, 0, 0, 42, 1, 2])
  })

  it("the correlation id is read without knowing the message", () => {
    expect(getOrThrow(correlationIdOf(Uint8Array.of(0, 0, 0, 42, 9)))).toBe(42)
    expect(isFailure(correlationIdOf(Uint8Array.of(0, 0, 0)))).toBe(true)
  })
})

describe("versions", () => {
  it("the highest common version lies in both ranges", () => {
    expect(highestCommonVersion({ min: 4, max: 17 }, { min: 0, max: 12 })).toBe(12)
    expect(highestCommonVersion({ min: 0, max: 3 }, { min: 3, max: 9 })).toBe(3)
    expect(highestCommonVersion({ min: 0, max: 3 }, { min: 4, max: 9 })).toBeUndefined()
  })
})
