import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type { Token } from "../../../adapters/http/index.ts"
import { httpWorld } from "./HttpWorld.ts"

const problem = "application/problem+json"
const events = "/topics/orders/journals/o-1/events"

describe("tokens", () => {
  const token = (name: string, rights: Token["rights"], topics?: ReadonlyArray<string>): Token => ({
    name,
    rights,
    topics,
    token: Redacted.make(`${name}-0123456789abcdef`)
  })
  const tokens = [
    token("reader", ["read"]),
    token("shop", ["read", "append"], ["orders"]),
    token("other", ["read"], ["other"])
  ]
  const as = (name: string) => ({ authorization: `Bearer ${name}-0123456789abcdef` })

  it.live("who has none that is known is not let in", () =>
    Effect.gen(function* () {
      const { send } = yield* httpWorld({ tokens })
      const none = yield* send(events)
      expect(none).toMatchObject({ status: 401, type: problem, json: { type: "urn:odradek:problem:unauthorized" } })
      expect(none.headers.get("www-authenticate")).toBe('Bearer realm="odradek"')
      const wrong = yield* send(events, { headers: as("nobody") })
      expect(wrong.headers.get("www-authenticate")).toContain('error="invalid_token"')
      expect((yield* send(`${events}?from=0`)).status).toBe(401)
    })
  )

  it.live("a token allows what it says, in the topics that it is for", () =>
    Effect.gen(function* () {
      const { append, send } = yield* httpWorld({ tokens })
      expect((yield* send(events, { headers: as("reader") })).status).toBe(200)
      expect(yield* append("o-1", "[{}]", as("reader"))).toMatchObject({ status: 403, json: { topic: "orders" } })
      expect((yield* append("o-1", "[{}]", as("shop"))).status).toBe(201)
      expect((yield* send("/topics/orders/journals/o-1", { method: "DELETE", headers: as("shop") })).status).toBe(403)
      expect((yield* send(events, { headers: as("other") })).status).toBe(403)
    })
  )

  it.live("health and the document are for everybody", () =>
    Effect.gen(function* () {
      const { send } = yield* httpWorld({ tokens, version: "1.2.3" })
      expect((yield* send("/health")).json).toEqual({ status: "ok" })
      expect((yield* send("/openapi.json")).json).toMatchObject({
        openapi: "3.1.0",
        info: { version: "1.2.3" },
        components: { securitySchemes: { bearer: { scheme: "Bearer" } } }
      })
    })
  )
})
