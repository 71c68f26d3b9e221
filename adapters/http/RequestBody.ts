import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { joinedBytes } from "../../core/bytes/index.ts"
import { HttpServerRequest } from "./EffectHttp.ts"
import { Problem } from "./Problem.ts"

const tooLarge = (limit: number) =>
  new Problem({
    kind: "too-large",
    message: `The body has more than ${limit} bytes; send the events in several requests.`,
    details: { limit }
  })

const utf8 = new TextDecoder("utf-8", { fatal: true })

/** The media type in a `Content-Type`, in small letters and without parameters. */
export const mediaTypeOf = (header: string | undefined): string =>
  (header ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? ""

const charsetForm = /;\s*charset\s*=\s*"?([^\s";]+)/i

/** The charset in a `Content-Type` that is not UTF-8, or a part of it. */
const wrongCharset = (header: string | undefined): string | undefined => {
  const charset = charsetForm.exec(header ?? "")?.[1]
  return charset === undefined || /^(utf-?8|us-ascii)$/i.test(charset) ? undefined : charset
}

/** Reads the whole body of the request as text, at most `limit` bytes, which have to be there within `deadlineMs`. */
export const bodyText = Effect.fnUntraced(function* (
  limit: number,
  deadlineMs: number
): Effect.fn.Return<string, Problem, HttpServerRequest.HttpServerRequest> {
  const request = yield* HttpServerRequest.HttpServerRequest
  const encoding = request.headers["content-encoding"]
  if (encoding !== undefined && encoding.toLowerCase() !== "identity") {
    const message = `The body is encoded with ${encoding}, which is not taken here; send it as it is.`
    return yield* new Problem({ kind: "unsupported-media-type", message })
  }
  const charset = wrongCharset(request.headers["content-type"])
  if (charset !== undefined) {
    const message = `The body is in the charset ${charset}, which is not taken here; send it as UTF-8.`
    return yield* new Problem({ kind: "unsupported-media-type", message })
  }
  if (Number(request.headers["content-length"] ?? 0) > limit) return yield* tooLarge(limit)
  const chunks: Array<Uint8Array> = []
  let size = 0
  yield* Stream.runForEach(request.stream, (chunk) => {
    size += chunk.length
    if (size > limit) return Effect.fail(tooLarge(limit))
    chunks.push(chunk)
    return Effect.void
  }).pipe(
    Effect.catchTag("HttpServerError", (cause) =>
      Effect.fail(
        new Problem({ kind: "invalid-request", message: "The body has not come to its end; send it again.", cause })
      )
    ),
    Effect.timeoutOrElse({
      duration: deadlineMs,
      orElse: () =>
        Effect.fail(
          new Problem({
            kind: "request-timeout",
            message: `The body was not there within ${deadlineMs / 1000} s; nothing was written, send it again.`
          })
        )
    })
  )
  return yield* Effect.try({
    try: () => utf8.decode(joinedBytes(chunks)),
    catch: () => new Problem({ kind: "invalid-request", message: "The body is not UTF-8; send it as UTF-8." })
  })
})
