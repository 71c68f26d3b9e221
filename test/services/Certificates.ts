import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import type { Certificates } from "./Recipe.ts"
import { call, need } from "./Tools.ts"

const password = "odradek"
const years = ["-days", "3650"]
const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]

const make = async (folder: string): Promise<void> => {
  const openssl = need("openssl", "OpenSSL is not installed: get the package openssl.")
  const run = (...args: ReadonlyArray<string>) => call(openssl, args, { cwd: folder })
  writeFileSync(join(folder, "names"), "subjectAltName=DNS:localhost,IP:127.0.0.1\n")
  await run("req", "-x509", ...key, ...years, "-subj", "/CN=odradek tests", "-keyout", "ca-key.pem", "-out", "ca.pem")
  await run("req", ...key, "-subj", "/CN=localhost", "-keyout", "key.pem", "-out", "request.pem")
  const signer = ["-CA", "ca.pem", "-CAkey", "ca-key.pem", "-CAcreateserial"]
  await run("x509", "-req", "-in", "request.pem", ...signer, ...years, "-extfile", "names", "-out", "certificate.pem")
  const chain = ["-in", "certificate.pem", "-inkey", "key.pem", "-certfile", "ca.pem"]
  await run("pkcs12", "-export", ...chain, "-name", "server", "-passout", `pass:${password}`, "-out", "store.p12")
}

/** Makes an authority and a certificate for this machine by its names `localhost` and `127.0.0.1`, once. */
export const certificatesIn = async (folder: string): Promise<Certificates> => {
  if (!existsSync(folder)) {
    const draft = `${folder}.new`
    rmSync(draft, { recursive: true, force: true })
    mkdirSync(draft, { recursive: true })
    await make(draft)
    renameSync(draft, folder)
  }
  return {
    ca: join(folder, "ca.pem"),
    certificate: join(folder, "certificate.pem"),
    key: join(folder, "key.pem"),
    store: join(folder, "store.p12"),
    password
  }
}
