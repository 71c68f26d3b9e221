import { getOrThrow } from "effect/Result"
import { describe, expect, it } from "vitest"
import {
  advertisedApis,
  decodeResponse,
  encodeRequest,
  encodeResponse,
  type Message,
  SaslAuthenticate,
  SaslHandshake
} from "../../../core/protocol/index.ts"

const requestHex = (message: Message, apiVersion: number, body: object): string =>
  Buffer.from(getOrThrow(encodeRequest(message, { apiVersion, correlationId: 7, clientId: "c" }, body))).toString("hex")

const throughFrame = (message: Message, apiVersion: number, body: object) => {
  const frame = getOrThrow(encodeResponse(message, { apiVersion, correlationId: 7 }, body)).subarray(4)
  return getOrThrow(decodeResponse(message, apiVersion, frame)).body
}

describe("SaslHandshake", () => {
  it("is written as Kafka's protocol has it", () => {
    // length, key 17, version 1, correlation id, client id, mechanism
    expect(requestHex(SaslHandshake, 1, { mechanism: "PLAIN" })).toBe(
      `00000012${"0011"}${"0001"}${"00000007"}${"000163"}${"0005504c41494e"}`
    )
  })

  it.each([0, 1])("names what the broker offers in version %i", (version) => {
    const body = { errorCode: 33, mechanisms: ["PLAIN", "SCRAM-SHA-256"] }
    expect(throughFrame(SaslHandshake, version, body)).toEqual(body)
  })
})

describe("SaslAuthenticate", () => {
  it("is written as Kafka's protocol has it, with compact lengths from version 2 on", () => {
    const body = { authBytes: Uint8Array.of(1, 2) }
    expect(requestHex(SaslAuthenticate, 1, body)).toBe(
      `00000011${"0024"}${"0001"}${"00000007"}${"000163"}${"000000020102"}`
    )
    expect(requestHex(SaslAuthenticate, 2, body)).toBe(
      `00000010${"0024"}${"0002"}${"00000007"}${"000163"}${"00"}${"030102"}${"00"}`
    )
  })

  it.each([0, 1, 2])("tells in version %i how the exchange went", (version) => {
    const body = { errorCode: 58, errorMessage: "no", authBytes: Uint8Array.of(3), sessionLifetimeMs: 3_600_000 }
    expect(throughFrame(SaslAuthenticate, version, body)).toEqual({
      ...body,
      sessionLifetimeMs: version === 0 ? 0 : 3_600_000
    })
  })
})

describe("the embedded broker", () => {
  it("lists neither, since it knows no users", () => {
    const keys = advertisedApis.map(({ apiKey }) => apiKey)
    expect(keys).not.toContain(SaslHandshake.apiKey)
    expect(keys).not.toContain(SaslAuthenticate.apiKey)
  })
})
