import { describe, expect, it } from "vitest"
import { addressName, parseAddress } from "../../../core/client/index.ts"

describe("parseAddress", () => {
  it("reads names, IPv4 and bracketed IPv6 addresses, and addressName writes them back", () => {
    for (const text of ["localhost:9092", "127.0.0.1:1", "[::1]:65535", "kafka-0.kafka.svc:9093"]) {
      const address = parseAddress(text)
      expect(address === undefined ? undefined : addressName(address)).toBe(text)
    }
  })

  it("reads nothing else", () => {
    for (const text of ["localhost", "localhost:", ":9092", "::1:9092", "host:0", "host:65536", "a b:1", ""]) {
      expect([text, parseAddress(text)]).toEqual([text, undefined])
    }
  })
})
