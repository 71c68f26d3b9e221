import * as Cause from "effect/Cause"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import type { Scope } from "effect/Scope"
import {
  HttpApiBuilder,
  HttpApiMiddleware,
  HttpEffect,
  HttpRouter,
  HttpServer,
  HttpServerRequest,
  HttpServerResponse
} from "./EffectHttp.ts"
import { makeGate } from "./Gate.ts"
import { Access, journalApi, RequestForms } from "./JournalApi.ts"
import { journalHandlers } from "./JournalHandlers.ts"
import { defaultHttpLimits, type HttpLimits } from "./Limits.ts"
import { openApiDocument } from "./OpenApiDocument.ts"
import { documentPath, methodsOf, queryNamesOf } from "./Paths.ts"
import { Problem, problemResponse } from "./Problem.ts"
import { servedTopics, type ServedOptions } from "./ServedTopics.ts"
import { findToken, type Right, type Token } from "./Tokens.ts"
import { noticingWrites, WriteUnderway } from "./WriteUnderway.ts"
import { wrongForm } from "./WrongForm.ts"

/**
 * What an HTTP API is made from.
 *
 * **Details**
 *
 * With `tokens`, only requests with one of them are let in (`Authorization: Bearer …`). `certificates` says in the OpenAPI
 * document that whoever connects has to show one, which is for the server to see to. `limits` are `defaultHttpLimits` but
 * for what is given.
 */
export interface HttpHandlerOptions extends ServedOptions {
  readonly tokens?: ReadonlyArray<Token>
  readonly certificates?: boolean
  readonly limits?: Partial<HttpLimits>
}

/**
 * A web handler.
 *
 * **Details**
 *
 * `fetch` answers every request, also those that make no sense. A request whose signal aborts is interrupted. `drain` is for
 * the end: from then on `/ready` says no, and those who follow journals are sent away, to come back elsewhere.
 */
export interface HttpHandler {
  readonly fetch: (request: Request) => Promise<Response>
  readonly drain: Effect.Effect<void>
}

const rightsOf: Readonly<Record<string, Right>> = {
  append: "append",
  read: "read",
  pointer: "read",
  ids: "read",
  delete: "remove",
  purge: "remove"
}

const accessLayer = (tokens: ReadonlyArray<Token> | undefined) =>
  Layer.effect(
    Access,
    Effect.gen(function* () {
      if (tokens === undefined) return Access.of({ bearer: (effect) => effect })
      const find = yield* findToken(tokens)
      return Access.of({
        bearer: Effect.fnUntraced(function* (effect, { credential, endpoint }) {
          const given = Redacted.value(credential)
          const token = given === "" ? undefined : yield* find(given)
          if (token === undefined) {
            const known = given === "" ? "" : ', error="invalid_token"'
            const message = "Send a token that this server knows, as `Authorization: Bearer TOKEN`."
            const challenge = { "www-authenticate": `Bearer realm="odradek"${known}` }
            return problemResponse(new Problem({ kind: "unauthorized", message, headers: challenge }))
          }
          const { topic = "" } = (yield* HttpRouter.RouteContext).params
          const right = rightsOf[endpoint.identifier]
          const isAllowed =
            right !== undefined && token.rights.includes(right) && (token.topics?.includes(topic) ?? true)
          if (isAllowed) return yield* effect
          const message = `The token of "${token.name}" does not allow this (${right ?? endpoint.identifier}) in topic "${topic}"; use another one.`
          return problemResponse(new Problem({ kind: "forbidden", message, details: { topic } }))
        })
      })
    })
  )

const formsLayer = HttpApiMiddleware.layerSchemaErrorTransform(
  RequestForms,
  Effect.fnUntraced(function* (error) {
    const { headers, url } = yield* HttpServerRequest.HttpServerRequest
    const { params } = yield* HttpRouter.RouteContext
    const query = new URLSearchParams(queryOf(url))
    const message = wrongForm(error, (name) => params[name] ?? query.get(name) ?? headers[name])
    return problemResponse(new Problem({ kind: "invalid-request", message }))
  })
)

const pathOf = (url: string): string => url.split("?", 1)[0] ?? ""

const queryOf = (url: string): string => url.slice(pathOf(url).length + 1)

/** What is wrong with the names in a query. Those of `/health` and `/ready` are nobody's: proxies add some. */
const wrongQuery = (url: string, method: string): string | undefined => {
  const path = pathOf(url)
  if (!path.startsWith("/topics/")) return undefined
  const known = queryNamesOf(path, method)
  const names = [...new URLSearchParams(queryOf(url)).keys()]
  const there = known.length === 0 ? "there is none" : `there ${known.length === 1 ? "is" : "are"} ${known.join(", ")}`
  const unknown = names.find((name) => !known.includes(name))
  if (unknown !== undefined) {
    return `The query has a parameter ${JSON.stringify(unknown)}, which means nothing here: ${there}.`
  }
  const twice = names.find((name, at) => names.indexOf(name) < at)
  return twice === undefined ? undefined : `The query has ${twice} more than once; give it once.`
}

const isDecodable = (path: string): boolean => {
  try {
    decodeURIComponent(path)
    return true
  } catch {
    return false
  }
}

/** What is wrong with a request before anybody looks at what it asks for. */
const refused = (url: string, method: string, { urlBytes }: HttpLimits): Problem | undefined => {
  if (url.length > urlBytes) {
    const message = `Path and query have more than ${urlBytes} bytes; make them shorter.`
    return new Problem({ kind: "uri-too-long", message, details: { limit: urlBytes } })
  }
  const path = pathOf(url)
  const methods = methodsOf(path)
  if (methods.length === 0) {
    return new Problem({
      kind: "not-found",
      message: `Nothing is at this path; see ${documentPath} for those there are.`
    })
  }
  if (!methods.includes(method)) {
    const headers = { allow: methods.join(", ") }
    const message = `This path takes ${methods.join(", ")} and no other method.`
    return new Problem({ kind: "method-not-allowed", message, headers })
  }
  const message = isDecodable(path) ? wrongQuery(url, method) : "The path is not percent-encoded UTF-8; encode it so."
  return message === undefined ? undefined : new Problem({ kind: "invalid-request", message })
}

const late = (method: string, ms: number, { isBegun }: WriteUnderway): Problem => {
  if (isBegun) {
    const message = `It was not known within ${ms / 1000} s whether the write was made; read the journal to see.`
    return new Problem({ kind: "unknown-outcome", message })
  }
  const nothing = method === "GET" || method === "HEAD" ? "" : ", and nothing was written"
  const message = `The log and the store have not answered within ${ms / 1000} s${nothing}; ask again.`
  return new Problem({ kind: "unavailable", message })
}

const lookMs = 5000

/** Why a port cannot be used now. */
const whyNot = (name: string, asked: Effect.Effect<unknown, { readonly message: string }>): Effect.Effect<string> =>
  Effect.match(
    Effect.timeoutOrElse(asked, {
      duration: lookMs,
      orElse: () => Effect.fail({ message: `The ${name} has not answered within ${lookMs / 1000} s.` })
    }),
    { onSuccess: () => "", onFailure: ({ message }) => message }
  )

/**
 * Makes the web handler of the HTTP API, until the scope closes.
 *
 * **Example**
 *
 * ```ts
 * const program = Effect.gen(function* () {
 *   const { fetch } = yield* makeHttpHandler({ log, store })
 *   return yield* Effect.promise(() => fetch(new Request("http://localhost/topics/orders/journals/order-1/events")))
 * })
 * ```
 */
export const makeHttpHandler = Effect.fnUntraced(function* (
  options: HttpHandlerOptions
): Effect.fn.Return<HttpHandler, never, Scope> {
  const { certificates = false, log, store, tokens, version = "0" } = options
  const limits = { ...defaultHttpLimits, ...options.limits }
  const requests = makeGate(limits.requests, "requests under way")
  const closing = Deferred.makeUnsafe<void>()
  let isClosing = false

  const look = yield* Effect.cachedWithTTL(
    Effect.map(Effect.all([whyNot("log", log.topics), whyNot("store", store.check)], { concurrency: 2 }), (messages) =>
      messages.filter((message) => message !== "").join(" ")
    ),
    1000
  )
  const well = HttpServerResponse.jsonUnsafe({ status: "ok" }, { headers: { "cache-control": "no-store" } })
  const serverHandlers = HttpApiBuilder.group(journalApi, "server", (handlers) =>
    handlers
      .handle("health", () => Effect.succeed(well))
      .handle("ready", () =>
        Effect.map(isClosing ? Effect.succeed("The server is about to end.") : look, (message) =>
          message === "" ? well : problemResponse(new Problem({ kind: "unavailable", message }))
        )
      )
  )
  const described = HttpServerResponse.jsonUnsafe(
    openApiDocument({ tokens: tokens !== undefined, certificates }, version)
  )
  const app = Layer.mergeAll(HttpApiBuilder.layer(journalApi), HttpRouter.add("GET", documentPath, described)).pipe(
    Layer.provide([
      journalHandlers({
        journals: servedTopics({ ...options, log: noticingWrites(log) }),
        limits,
        followers: makeGate(limits.followers, "connections that follow a journal"),
        closing
      }),
      serverHandlers
    ]),
    Layer.provide([accessLayer(tokens), formsLayer, HttpServer.layerServices])
  )
  const router = yield* Effect.provideService(HttpRouter.toHttpEffect(app), HttpRouter.RouterConfig, {
    caseSensitive: true,
    ignoreTrailingSlash: false,
    ignoreDuplicateSlashes: false,
    maxParamLength: limits.urlBytes
  })
  const served = Effect.gen(function* () {
    const { method, url } = yield* HttpServerRequest.HttpServerRequest
    const problem = refused(url, method, limits)
    if (problem !== undefined) return yield* problem
    // Who looks whether the server is well is to hear that it has much to do, and not that it has too much.
    if (url.startsWith("/topics/")) yield* requests.enter
    const write: WriteUnderway = { isBegun: false }
    return yield* Effect.timeoutOrElse(Effect.provideService(router, WriteUnderway, write), {
      duration: limits.requestMs,
      orElse: () => Effect.fail(late(method, limits.requestMs, write))
    })
  }).pipe(
    Effect.catchCause((cause) => {
      if (Cause.hasInterruptsOnly(cause)) return Effect.failCause(cause)
      const [reason] = cause.reasons
      if (reason?._tag === "Fail" && reason.error instanceof Problem) {
        return Effect.succeed(problemResponse(reason.error))
      }
      const message = "This is a defect of odradek, and whether something was written is not known; its log says more."
      return Effect.as(
        Effect.logError("A request has failed.", cause),
        problemResponse(new Problem({ kind: "defect", message }))
      )
    })
  )
  const context = yield* Effect.context<never>()
  return {
    fetch: HttpEffect.toWebHandlerWith<never, HttpServerRequest.HttpServerRequest | Scope>(context)(served),
    drain: Effect.suspend(() => {
      isClosing = true
      return Effect.asVoid(Deferred.succeed(closing, undefined))
    })
  }
})
