import * as Result from "effect/Result"
import { AssignerProtocol } from "kafkajs"
import { describe, expect, it } from "vitest"
import {
  decodeAssignment,
  decodeSubscription,
  encodeAssignment,
  encodeSubscription
} from "../../../core/client/index.ts"

const partitions = [
  { topic: "a", partition: 0 },
  { topic: "a", partition: 7 },
  { topic: "ü", partition: 2 }
]

const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(" ", ""), "hex"))

describe("a subscription", () => {
  const subscription = { topics: ["a", "ü"], owned: partitions, generation: 12 }

  it("comes back as it was written", () => {
    const bytes = Result.getOrThrow(encodeSubscription(subscription))
    expect(Result.getOrThrow(decodeSubscription(bytes))).toEqual(subscription)
  })

  it("is laid out as ConsumerProtocolSubscription in version 2", () => {
    const bytes = Result.getOrThrow(
      encodeSubscription({ topics: ["a"], owned: [{ topic: "a", partition: 7 }], generation: 3 })
    )
    const laid = "0002 00000001 0001 61 ffffffff 00000001 0001 61 00000001 00000007 00000003"
    expect(bytes).toEqual(hex(laid))
  })

  it("of version 0, as kafkajs writes it, owns nothing", () => {
    const bytes = AssignerProtocol.MemberMetadata.encode({ version: 0, topics: ["a", "b"], userData: Buffer.from("x") })
    expect(Result.getOrThrow(decodeSubscription(bytes))).toEqual({ topics: ["a", "b"], owned: [], generation: -1 })
  })

  it("of a later version is read as far as it is known", () => {
    const later = "0003 00000001 0001 61 ffffffff 00000000 00000005 0002 7172"
    expect(Result.getOrThrow(decodeSubscription(hex(later)))).toEqual({ topics: ["a"], owned: [], generation: 5 })
  })

  it("that ends too early is refused", () => {
    expect(Result.isFailure(decodeSubscription(hex("0002 00000009")))).toBe(true)
  })
})

describe("an assignment", () => {
  it("comes back as it was written", () => {
    const bytes = Result.getOrThrow(encodeAssignment(partitions))
    expect(Result.getOrThrow(decodeAssignment(bytes))).toEqual(partitions)
  })

  it("is read by kafkajs, and reads what kafkajs writes", () => {
    const written = Result.getOrThrow(encodeAssignment(partitions))
    expect(AssignerProtocol.MemberAssignment.decode(Buffer.from(written))?.assignment).toEqual({ a: [0, 7], ü: [2] })
    const theirs = AssignerProtocol.MemberAssignment.encode({
      version: 0,
      assignment: { a: [0, 7], ü: [2] },
      userData: Buffer.alloc(0)
    })
    expect(Result.getOrThrow(decodeAssignment(theirs))).toEqual(partitions)
  })

  it("without a byte has no partitions", () => {
    expect(Result.getOrThrow(decodeAssignment(new Uint8Array(0)))).toEqual([])
  })
})
