import * as Data from "effect/Data"
import { HttpServerResponse } from "./EffectHttp.ts"

/** The media type of a problem (RFC 9457). */
export const problemType = "application/problem+json"

/**
 * The kinds of problems, each with its status and a title.
 *
 * **Details**
 *
 * `unknown-outcome` is of a write that may have been made, and so may be `defect`; after every other one nothing was written
 * that counts.
 */
export const problemKinds = {
  "invalid-request": { status: 400, title: "The request makes no sense" },
  unauthorized: { status: 401, title: "Nobody is known by this token" },
  forbidden: { status: 403, title: "The token does not allow this" },
  "not-found": { status: 404, title: "Nothing is at this path" },
  "unknown-topic": { status: 404, title: "There is no such topic" },
  "method-not-allowed": { status: 405, title: "This path does not take the method" },
  "not-acceptable": { status: 406, title: "The answer has no such form" },
  "answer-too-large": { status: 406, title: "The answer is too large for one document" },
  "request-timeout": { status: 408, title: "The request has not arrived in time" },
  "sequence-conflict": { status: 412, title: "The journal is not where it was expected to be" },
  "too-large": { status: 413, title: "The request is too large" },
  "uri-too-long": { status: 414, title: "The path and query are too long" },
  "unsupported-media-type": { status: 415, title: "The body has a form that is not taken" },
  "invalid-events": { status: 422, title: "The events cannot be appended as they are" },
  "headers-too-large": { status: 431, title: "The headers are too large" },
  defect: { status: 500, title: "This is a defect of odradek" },
  damaged: { status: 500, title: "The journal cannot be read" },
  "log-refused": { status: 502, title: "The log has refused" },
  "store-failed": { status: 502, title: "The store has failed" },
  busy: { status: 503, title: "Too much is asked for at once" },
  unavailable: { status: 503, title: "The log or the store cannot be reached" },
  "unknown-outcome": { status: 504, title: "The write may or may not have been made" }
} as const

/** The kind of a problem. */
export type ProblemKind = keyof typeof problemKinds

/** What is told of a problem beside its kind: the ids that a person needs, and what was expected. */
export interface ProblemDetails {
  readonly topic?: string | undefined
  readonly id?: string | undefined
  readonly partition?: number | undefined
  readonly offset?: number | undefined
  /** The last number that the journal was expected to have, 0 for none. */
  readonly expected?: number | undefined
  /** The last number that the journal has, 0 for none. */
  readonly pointer?: number | undefined
  readonly limit?: number | undefined
}

/** A request that was not done, or whose outcome is unknown. `message` is one sentence that says what to do. */
export class Problem extends Data.TaggedError("Problem")<{
  readonly kind: ProblemKind
  readonly message: string
  readonly details?: ProblemDetails
  readonly headers?: Readonly<Record<string, string>>
  readonly cause?: unknown
}> {}

/** A problem as the object that its body has. `type` is a URN; what is absent is left out. */
export const problemBody = ({ details, kind, message }: Problem): object => {
  const { status, title } = problemKinds[kind]
  return { type: `urn:odradek:problem:${kind}`, title, status, detail: message, ...details }
}

/** What a server that reads requests itself answers with a problem: status, headers and body. */
export const problemParts = (problem: Problem) => {
  const { status } = problemKinds[problem.kind]
  const again = status === 503 ? { "retry-after": "1" } : {}
  // What is left of a request that is not waited for would be taken for the next one.
  const close = status === 408 ? { connection: "close" } : {}
  return {
    status,
    headers: { "content-type": problemType, "cache-control": "no-store", ...again, ...close, ...problem.headers },
    body: `${JSON.stringify(problemBody(problem))}\n`
  }
}

/** The answer that tells of a problem. */
export const problemResponse = (problem: Problem): HttpServerResponse.HttpServerResponse => {
  const { body, headers, status } = problemParts(problem)
  return HttpServerResponse.text(body, { status, headers, contentType: problemType })
}
