import { describe, expect, it } from "vitest"
import { accessLines } from "./Access.ts"
import { listener } from "./Service.ts"

const login = { username: "me", password: "secret" }

describe("of a server people are told who is let in, and where it speaks TLS", () => {
  it("at another port", () => {
    const secure = { ...listener(2), mechanisms: ["PLAIN"] as const, superuser: login, user: login, ca: "/ca.pem" }
    expect(accessLines({ ...listener(1), secure })).toEqual([
      "  user me, password secret; user me, password secret",
      "  TLS at 127.0.0.1:2 with SASL PLAIN, authority /ca.pem"
    ])
  })

  it("at the same port", () => {
    expect(accessLines({ ...listener(1), database: "app", login, ca: "/ca.pem" })).toEqual([
      "  database app; user me, password secret",
      "  TLS at 127.0.0.1:1, authority /ca.pem"
    ])
  })

  it("or that it speaks none", () => {
    const credentials = { accessKeyId: "key", secretAccessKey: "secret" }
    expect(accessLines({ ...listener(1), region: "eu", credentials })).toEqual([
      "  region eu, access key key, secret secret",
      "  no TLS"
    ])
  })
})
