import { describe, expect, it } from "vitest"
import { service } from "../index.ts"
import { call } from "../Tools.ts"

/** Asks how the connection is made, which is refused without TLS or by another authority. */
const asked = (password: string): Promise<string> => {
  const { ca, database, host, login, port } = service("postgres")
  const to = `host=${host} port=${port} user=${login.username} dbname=${database}`
  const env = { PGPASSWORD: password, PGSSLMODE: "verify-full", PGSSLROOTCERT: ca }
  return call("psql", ["-X", "-At", "-c", "select ssl from pg_stat_ssl where pid = pg_backend_pid()", to], { env })
}

describe("the PostgreSQL that is started", () => {
  it("lets its superuser in over TLS", async () => {
    expect((await asked(service("postgres").login.password)).trim()).toBe("t")
  })

  it("lets nobody in with another password", async () => {
    await expect(asked("another")).rejects.toThrow(/password authentication failed/)
  })
})
