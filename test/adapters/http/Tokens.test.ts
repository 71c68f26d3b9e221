import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import { isToken, parseTokens } from "../../../adapters/http/index.ts"
import { findToken } from "../../../adapters/http/Tokens.ts"

const text = `# name rights topics token
shop  read,append  orders,returns  0123456789abcdef

ops read,append,remove * fedcba9876543210
`

const refusal = (line: string): string => {
  const read = parseTokens(line)
  return Result.isFailure(read) ? read.failure.message : "accepted"
}

describe("tokens", () => {
  it("stand one a line, between comments and empty lines", () => {
    const tokens = Result.getOrThrow(parseTokens(text))
    expect(tokens.map(({ token, ...rest }) => ({ ...rest, token: Redacted.value(token) }))).toEqual([
      { name: "shop", rights: ["read", "append"], topics: ["orders", "returns"], token: "0123456789abcdef" },
      { name: "ops", rights: ["read", "append", "remove"], topics: undefined, token: "fedcba9876543210" }
    ])
  })

  it("are not told in what is said of a line that cannot be used", () => {
    expect(refusal("shop read * 0123456789abcdef more")).toContain("Line 1 of the tokens is not")
    expect(refusal("shop write * 0123456789abcdef")).toContain('has the rights "write"')
    expect(refusal("\nshop read * 0123456789")).toContain("Line 2 of the tokens has a token that is too short")
    expect(refusal("\n")).toContain("There are no tokens")
    expect(refusal("shop write * 0123456789abcdef")).not.toContain("0123456789abcdef")
  })

  it("have 16 characters at least, of those that a header takes", () => {
    expect(["0123456789abcdef", "aZ09-._~+/aaaaaaaa=="].every(isToken)).toBe(true)
    expect(["0123456789abcde", "0123456789abcde f", "0123456789abcdeé", "0123456789abcd=e"].some(isToken)).toBe(false)
  })

  it.effect("are found by what is given, and by nothing else", () =>
    Effect.gen(function* () {
      const find = yield* findToken(Result.getOrThrow(parseTokens(text)))
      expect((yield* find("fedcba9876543210"))?.name).toBe("ops")
      expect(yield* find("fedcba987654321")).toBeUndefined()
      expect(yield* find("")).toBeUndefined()
    })
  )
})
