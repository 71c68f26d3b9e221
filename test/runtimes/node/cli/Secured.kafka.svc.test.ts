import { randomUUID } from "node:crypto"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, expect, it } from "vitest"
import { service } from "../../../services/index.ts"
import { odradek } from "./Odradek.ts"

const { address, secure } = service("kafka")
const { password, username } = secure.user
const folder = mkdtempSync(join(tmpdir(), "odradek-secured-"))
afterAll(() => rmSync(folder, { recursive: true }))

const topic = `secured-${randomUUID()}`
const passwordFile = join(folder, "password")
writeFileSync(passwordFile, `${password}\n`)

const config = join(folder, "odradek.json")
const settings = { brokers: secure.address, tlsAuthority: secure.ca, sasl: "scram-sha-512", username }
writeFileSync(config, JSON.stringify({ ...settings, passwordFile }))

const flags = ["--brokers", secure.address, "--tls-authority", secure.ca, "--username", username]

it("events are appended and read with settings of a file, or with flags and a password from the environment", async () => {
  const input = '{"payload":{"a":1}}\n'
  const appended = await odradek(["journal", "append", topic, "one", "--config", config, "--json"], { input })
  expect(appended).toMatchObject({ code: 0, stderr: "" })
  const environment = { ODRADEK_PASSWORD: password }
  const read = await odradek(["journal", "read", topic, "one", ...flags, "--sasl", "plain"], { environment })
  expect(read).toMatchObject({ code: 0, stderr: "" })
  expect(JSON.parse(read.stdout)).toMatchObject({ seqNr: 1, payload: { a: 1 } })
})

it("the doctor finds nothing wrong with a cluster that it is let into", async () => {
  const ended = await odradek(["doctor", "--topics", topic, "--config", config])
  expect(ended).toMatchObject({ code: 0, stderr: "" })
  expect(ended.stdout).toContain(`ok   broker      ${secure.address} answers`)
  expect(ended.stdout).toContain("ok   reads")
})

it("the doctor says what a broker wants that it does not get", async () => {
  const plain = await odradek(["doctor", "--brokers", secure.address])
  expect(plain.code).toBe(1)
  expect(plain.stdout).toContain("-> encrypt connections to this port (--tls)")
  const environment = { ODRADEK_PASSWORD: "not-this-one" }
  const wrong = await odradek(["doctor", ...flags, "--sasl", "scram-sha-256"], { environment })
  expect(wrong.code).toBe(1)
  expect(wrong.stdout).toContain(`does not take "${username}" with this password by SCRAM-SHA-256`)
  expect(wrong.stdout).toContain("-> check the user name, the password and the mechanism")
  expect(wrong.stdout + wrong.stderr).not.toContain("not-this-one")
})

it("a wrong password ends an append before anything is written, and says so", async () => {
  const environment = { ODRADEK_PASSWORD: "not-this-one" }
  const input = '{"payload":1}\n'
  const args = ["journal", "append", topic, "two", ...flags, "--sasl", "scram-sha-256"]
  const ended = await odradek(args, { environment, input })
  expect(ended.code).toBe(1)
  expect(ended.stderr).toContain(`does not take "${username}" with this password by SCRAM-SHA-256`)
  const pointer = await odradek(["journal", "pointer", topic, "two", "--brokers", address])
  expect(pointer.stdout).toBe("none\n")
})
