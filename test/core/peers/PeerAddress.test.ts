import { describe, expect, it } from "vitest"
import { isWildcard, readAddress, showAddress } from "../../../core/peers/index.ts"

describe("the address of a peer", () => {
  it.each(["a:1", "10.0.0.1:65535", "[::1]:7001"])("%s is read and shown the same", (text) => {
    const address = readAddress(text)
    expect(address === undefined ? undefined : showAddress(address)).toBe(text)
  })

  it.each(["", "a", "a:", ":1", "a:0", "a:65536", "::1:7", "a b:1", "a:1x"])("%o is none", (text) => {
    expect(readAddress(text)).toBeUndefined()
  })

  it("is not one that stands for all of a machine's", () => {
    expect(["0.0.0.0", "::", "127.0.0.1"].map((host) => isWildcard({ host, port: 1 }))).toEqual([true, true, false])
  })
})
