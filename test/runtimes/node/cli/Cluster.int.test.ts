import { join } from "node:path"
import { expect, it } from "vitest"
import { odradek } from "./Odradek.ts"

it.each([
  ["a user without a mechanism", ["--username", "x"], "give --sasl plain, scram-sha-256 or scram-sha-512"],
  ["a mechanism without a user", ["--sasl", "plain"], "give --username"],
  ["a user without a password", ["--sasl", "plain", "--username", "x"], "put it into ODRADEK_PASSWORD"],
  ["an unknown mechanism", ["--sasl", "gssapi"], "give plain, scram-sha-256 or scram-sha-512"],
  ["a certificate without its key", ["--tls-certificate", "x"], "give both --tls-certificate and --tls-key"],
  ["an authority that is none", ["--tls-authority", import.meta.filename], "of --tls-authority is no certificate"],
  [
    "a file that is not there",
    ["--tls-authority", join(import.meta.dirname, "none")],
    "of --tls-authority cannot be read (ENOENT)"
  ]
])("%s is a wrong use, and no broker is asked", async (_, args, sentence) => {
  const ended = await odradek(["journal", "pointer", "t", "one", ...args])
  expect(ended).toMatchObject({ code: 2, stdout: "" })
  expect(ended.stderr).toContain(sentence)
})

it("a password is not taken from the command line", async () => {
  const ended = await odradek(["journal", "pointer", "t", "one", "--password", "secret"])
  expect(ended.code).toBe(2)
})
