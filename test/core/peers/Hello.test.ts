import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import {
  decodeHello,
  decodeWelcome,
  encodeHello,
  encodeWelcome,
  greet,
  type Hello,
  type Welcome
} from "../../../core/peers/index.ts"

const hello: Hello = {
  minVersion: 1,
  maxVersion: 1,
  clusterId: "shop",
  from: 1,
  incarnation: 7,
  to: 2,
  address: "a:7",
  founders: "1 2"
}
const self = { clusterId: "shop", id: 2, incarnation: 9, founders: "1 2" }

describe("a greeting between peers", () => {
  it("is these bytes", () => {
    expect(Buffer.from(encodeHello(hello)).toString("hex")).toBe(
      "4f4452500001000100000000000000010000000000000007000000000000000200000004" +
        Buffer.from("shop").toString("hex") +
        "00000003613a37" +
        "00000003312032"
    )
  })

  it("and its answers are these", () => {
    const hex = (welcome: Welcome) => Buffer.from(encodeWelcome(welcome)).toString("hex")
    expect(hex({ _tag: "Welcome", version: 1, incarnation: 9 })).toBe("4f4452500000010000000000000009")
    expect(hex({ _tag: "Refused", reason: "OtherNode", detail: "no" })).toBe("4f44525003000000026e6f")
    expect(hex({ _tag: "Refused", reason: "OtherFounders", detail: "no" })).toBe("4f44525004000000026e6f")
  })

  it("comes back as it was sent", () => {
    const id = fc.maxSafeNat()
    const version = fc.integer({ min: 0, max: 100 })
    fc.assert(
      fc.property(
        fc.record({
          minVersion: version,
          maxVersion: version,
          clusterId: fc.string(),
          address: fc.string(),
          founders: fc.string(),
          from: id,
          incarnation: id,
          to: id
        }),
        (sent) => {
          expect(decodeHello(encodeHello(sent))).toMatchObject({ success: sent })
        }
      )
    )
  })

  it("is told from anything else, and never trusted", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        const decoded = [decodeHello(bytes), decodeWelcome(bytes)]
        for (const one of decoded) if (one._tag === "Success") expect(one.success).toBeUndefined()
      })
    )
    for (let length = 4; length < encodeHello(hello).length; length++) {
      expect(decodeHello(encodeHello(hello).subarray(0, length))._tag).toBe("Failure")
    }
  })

  it("is welcome from a node of the cluster that means this one", () => {
    expect(greet(hello, self)).toEqual({ _tag: "Welcome", version: 1, incarnation: 9 })
  })

  it.each([
    ["", "1 2"],
    ["1 2", ""],
    ["", ""]
  ])("is welcome as long as one side does not know yet who founded the cluster: %o and %o", (founders, own) => {
    expect(greet({ ...hello, founders }, { ...self, founders: own })._tag).toBe("Welcome")
  })

  it("is refused by a node whose cluster had other founders, with both named", () => {
    expect(greet({ ...hello, founders: "1" }, self)).toEqual({
      _tag: "Refused",
      reason: "OtherFounders",
      detail: "its cluster was founded with the members 1 2, and that of node 1 with the members 1"
    })
  })

  it.each([
    ["OtherCluster", { clusterId: "test" }],
    ["NoCommonVersion", { minVersion: 2, maxVersion: 3 }],
    ["NoCommonVersion", { minVersion: 0, maxVersion: 0 }],
    ["OtherNode", { to: 3 }],
    ["OtherNode", { from: 2 }]
  ] as const)("is refused with %s for %o", (reason, wrong) => {
    expect(greet({ ...hello, ...wrong }, self)).toMatchObject({ _tag: "Refused", reason })
  })
})
