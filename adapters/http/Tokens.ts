import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"

/** What a token allows: to read, to append, or to take away what is there. */
export type Right = "read" | "append" | "remove"

/** All rights. */
export const rights: ReadonlyArray<Right> = ["read", "append", "remove"]

/**
 * A token and what it allows.
 *
 * **Details**
 *
 * `name` is who has it, for people. `topics` are those that it is for, `undefined` for all. A token has at least 16
 * characters of those that `Authorization: Bearer` takes: letters, digits and `-._~+/=`.
 */
export interface Token {
  readonly name: string
  readonly rights: ReadonlyArray<Right>
  readonly topics: ReadonlyArray<string> | undefined
  readonly token: Redacted.Redacted
}

/** A list of tokens that cannot be used. `message` is one sentence that names the line, and no token. */
export class TokensInvalid extends Data.TaggedError("TokensInvalid")<{ readonly message: string }> {}

const tokenForm = /^[A-Za-z0-9\-._~+/]{16,}=*$/

/** Whether a text can be a token. */
export const isToken = (text: string): boolean => tokenForm.test(text)

const isRight = (text: string): text is Right => rights.some((right) => right === text)

const tokenOf = (line: string, number: number): Result.Result<Token, TokensInvalid> => {
  const invalid = (why: string) => Result.fail(new TokensInvalid({ message: `Line ${number} of the tokens ${why}.` }))
  const [name = "", allowed = "", topics = "", token = "", ...rest] = line.trim().split(/\s+/)
  if (token === "" || rest.length > 0) {
    return invalid('is not "NAME RIGHTS TOPICS TOKEN", such as "shop read,append orders 0123…"')
  }
  const named = allowed.split(",")
  const known = named.filter(isRight)
  if (known.length < named.length) return invalid(`has the rights "${allowed}": give some of ${rights.join(",")}`)
  if (!isToken(token)) return invalid("has a token that is too short or has other characters than a-z, 0-9 and -._~+/")
  return Result.succeed({
    name,
    rights: known,
    topics: topics === "*" ? undefined : topics.split(","),
    token: Redacted.make(token)
  })
}

/**
 * Reads tokens from text: on each line a name, rights, topics and the token, with space between; `*` for all topics.
 * Empty lines and those that begin with `#` are passed over.
 */
export const parseTokens = (text: string): Result.Result<ReadonlyArray<Token>, TokensInvalid> => {
  const tokens: Array<Token> = []
  for (const [at, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === "" || line.startsWith("#")) continue
    const token = tokenOf(line, at + 1)
    if (Result.isFailure(token)) return Result.fail(token.failure)
    tokens.push(token.success)
  }
  return tokens.length === 0
    ? Result.fail(new TokensInvalid({ message: "There are no tokens: write one a line, or name none." }))
    : Result.succeed(tokens)
}

/** Digests of different texts differ, and have one length, so that comparing them tells nothing of where they do. */
const digestOf = (text: string): Effect.Effect<Uint8Array> =>
  Effect.promise(async () => new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text))))

const isSame = (one: Uint8Array, other: Uint8Array): boolean => {
  let difference = one.length ^ other.length
  for (let at = 0; at < one.length; at++) difference |= (one[at] ?? 0) ^ (other[at] ?? 0)
  return difference === 0
}

/** Finds who has a token, in a time that does not depend on how much of it is right. */
export const findToken = (
  tokens: ReadonlyArray<Token>
): Effect.Effect<(given: string) => Effect.Effect<Token | undefined>> =>
  Effect.map(
    Effect.forEach(tokens, (token) =>
      Effect.map(digestOf(Redacted.value(token.token)), (digest) => ({ token, digest }))
    ),
    (known) => (given) =>
      Effect.map(digestOf(given), (digest) => {
        let found: Token | undefined
        for (const each of known) if (isSame(each.digest, digest)) found = each.token
        return found
      })
  )
