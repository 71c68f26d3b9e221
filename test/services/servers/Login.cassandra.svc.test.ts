import { once } from "node:events"
import { readFileSync } from "node:fs"
import { connect } from "node:tls"
import { describe, expect, it } from "vitest"
import { service } from "../index.ts"
import { logIn } from "./CassandraLogin.ts"

describe("the Cassandra that is started", () => {
  it("lets its superuser in, and nobody with another password", async () => {
    const { login, port } = service("cassandra")
    await expect(logIn(port, login)).resolves.toBeUndefined()
    await expect(logIn(port, { ...login, password: "another" })).rejects.toThrow(/password are incorrect/)
  })

  it("speaks TLS at the same port, with a certificate of the authority", async () => {
    const { ca, host, port } = service("cassandra")
    const socket = connect({ host, port, ca: readFileSync(ca) })
    await once(socket, "secureConnect")
    expect(socket.authorized).toBe(true)
    socket.destroy()
  })
})
