import { execFileSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { TlsOptions } from "../../../adapters/tcp/index.ts"

/** An authority that signs certificates in a temporary folder, with the program `openssl`. */
export class Authority {
  readonly #folder = mkdtempSync(join(tmpdir(), "odradek-tls-"))
  #made = 0

  constructor() {
    this.#openssl("req", "-x509", ...this.#newKey("ca"), "-out", "ca.crt", "-days", "2", "-subj", "/CN=test authority")
  }

  #newKey(name: string): ReadonlyArray<string> {
    return ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", `${name}.key`]
  }

  #openssl(...args: ReadonlyArray<string>): void {
    execFileSync("openssl", args, { cwd: this.#folder, stdio: ["ignore", "ignore", "pipe"] })
  }

  /** The same key, encrypted with a passphrase. */
  lock(key: string): string {
    writeFileSync(join(this.#folder, "open.key"), key)
    this.#openssl("pkcs8", "-topk8", "-in", "open.key", "-passout", "pass:secret", "-out", "locked.key")
    return this.#text("locked.key")
  }

  #text(file: string): string {
    return readFileSync(join(this.#folder, file), "utf8")
  }

  /** The authority's own certificate. */
  get ca(): string {
    return this.#text("ca.crt")
  }

  /** A certificate for somebody, with the names and addresses in it, that expires after so many days. */
  sign(names = "IP:127.0.0.1,DNS:localhost", { days = 2 }: { readonly days?: number } = {}): TlsOptions {
    const name = `node${++this.#made}`
    writeFileSync(join(this.#folder, `${name}.ext`), `subjectAltName=${names}\n`)
    this.#openssl("req", ...this.#newKey(name), "-out", `${name}.csr`, "-subj", `/CN=${name}`)
    const signed = ["-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial", "-out", `${name}.crt`]
    this.#openssl("x509", "-req", "-in", `${name}.csr`, ...signed, "-days", String(days), "-extfile", `${name}.ext`)
    return { certificate: this.#text(`${name}.crt`), key: this.#text(`${name}.key`), ca: this.ca }
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true })
  }
}
