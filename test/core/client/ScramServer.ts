import { createHash, createHmac, pbkdf2Sync } from "node:crypto"

/** What a broker that speaks SCRAM knows. */
export interface ScramServerOptions {
  readonly hash: "sha256" | "sha512"
  readonly users: Readonly<Record<string, string>>
}

const salt = Buffer.from("a salt that is always the same")
const iterations = 4096

/** The broker's side of one exchange by SCRAM, as RFC 5802 has it. */
export class ScramServer {
  readonly #options: ScramServerOptions
  #user = ""
  #nonce = ""
  #said = ""

  constructor(options: ScramServerOptions) {
    this.#options = options
  }

  /** What is said to who has greeted. */
  challenge(first: string): string {
    const match = /^n,,(n=([^,]*),r=([^,]*))$/.exec(first)
    if (match === null) throw new Error(`this is no greeting: ${first}`)
    const [, bare = "", user = "", nonce = ""] = match
    this.#user = user.replaceAll("=2C", ",").replaceAll("=3D", "=")
    this.#nonce = `${nonce}-and-the-brokers`
    const text = `r=${this.#nonce},s=${salt.toString("base64")},i=${iterations}`
    this.#said = `${bare},${text}`
    return text
  }

  /** What is said to who has proved that he knows the password; `undefined` where he has not. */
  verdict(final: string): string | undefined {
    const { hash, users } = this.#options
    const password = users[this.#user]
    if (password === undefined) return undefined
    const [unproved = "", proof = ""] = final.split(",p=")
    if (unproved !== `c=biws,r=${this.#nonce}`) return undefined
    const salted = pbkdf2Sync(password, salt, iterations, hash === "sha256" ? 32 : 64, hash)
    const mac = (key: Uint8Array, text: string) => createHmac(hash, key).update(text).digest()
    const all = `${this.#said},${unproved}`
    const clientKey = mac(salted, "Client Key")
    const signature = mac(createHash(hash).update(clientKey).digest(), all)
    const expected = clientKey.map((byte, at) => byte ^ (signature[at] ?? 0))
    if (Buffer.compare(expected, Buffer.from(proof, "base64")) !== 0) return undefined
    return `v=${mac(mac(salted, "Server Key"), all).toString("base64")}`
  }
}
