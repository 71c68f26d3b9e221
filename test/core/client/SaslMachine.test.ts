import { createHash, createHmac, pbkdf2Sync } from "node:crypto"
import * as Redacted from "effect/Redacted"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { nodeScram } from "../../../adapters/crypto/index.ts"
import {
  type Sasl,
  saslMachine,
  type SaslMechanism,
  type SaslOutput,
  type SaslState
} from "../../../core/client/index.ts"
import { ScramServer } from "./ScramServer.ts"

const credentials = (mechanism: SaslMechanism, username: string, password: string): Sasl => ({
  mechanism,
  username,
  password: Redacted.make(password),
  crypto: nodeScram
})

/** Feeds the machine what a broker says, and tells what it put out: texts, and the tags of what is none. */
const run = (sasl: Sasl, nonce: string, answers: ReadonlyArray<string | ((said: string) => string)>) => {
  const machine = saslMachine(sasl)
  let state: SaslState = { _tag: "New" }
  const lines: Array<string> = []
  const step = (input: Parameters<typeof machine.step>[1]): void => {
    const [next, outputs] = machine.step(state, input)
    state = next
    lines.push(outputs.map(draw).join())
  }
  step({ _tag: "Begin", nonce })
  for (const answer of answers) {
    const text = typeof answer === "string" ? answer : answer(lines.at(-1) ?? "")
    step({ _tag: "Answered", bytes: Buffer.from(text) })
  }
  return lines
}

const draw = (output: SaslOutput): string => {
  if (output._tag === "Send") return Buffer.from(output.bytes).toString()
  return output._tag === "Done" ? "done" : `${output._tag}: ${output.detail}`
}

// The exchange that RFC 7677 gives as its example.
const example = {
  sasl: credentials("scram-sha-256", "user", "pencil"),
  nonce: "rOprNGfwEbeRWgbNEkqO",
  challenge: "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
  verdict: "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="
}

const { challenge, nonce, sasl, verdict } = example

describe("saslMachine by SCRAM", () => {
  it("says what RFC 7677 gives as its example", () => {
    expect(run(sasl, nonce, [challenge, verdict])).toEqual([
      "n,,n=user,r=rOprNGfwEbeRWgbNEkqO",
      "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
      "done"
    ])
  })

  it.each(["scram-sha-256", "scram-sha-512"] as const)(
    "agrees with a broker that has the password by %s",
    (mechanism) => {
      const hashName = mechanism === "scram-sha-256" ? "sha256" : "sha512"
      const visible = fc.string({ unit: "grapheme-ascii", minLength: 1, maxLength: 20 })
      fc.assert(
        fc.property(visible, visible, (username, password) => {
          const server = new ScramServer({ hash: hashName, users: { [username]: password } })
          const said = run(credentials(mechanism, username, password), "abcdefghijklmnopqrstuvwx", [
            (first) => server.challenge(first),
            (final) => server.verdict(final) ?? "refused"
          ])
          expect(said[2]).toBe("done")
        }),
        { numRuns: 20 }
      )
    }
  )

  it("writes commas and equals signs of a user name as RFC 5802 says", () => {
    expect(run(credentials("scram-sha-256", "a,b=c", "p"), "n", [])).toEqual(["n,,n=a=2Cb=3Dc,r=n"])
  })

  it.each([
    ["a nonce that is another one", challenge.replace("r=rOpr", "r=sOpr"), "not for this connection"],
    ["a nonce to which nothing was added", challenge.replace(/%[^,]*/, ""), "not for this connection"],
    ["no salt", challenge.replace(/s=[^,]*,/, "s=,"), "salt"],
    ["a salt that is no Base64", challenge.replace("W22Z", "W2*Z"), "salt"],
    ["too few iterations", challenge.replace("4096", "4095"), "4095 times, and 4096 to 131072"],
    ["too many iterations", challenge.replace("4096", "131073"), "131073 times"],
    ["iterations that are no number", challenge.replace("4096", "4e3"), "cannot be read"],
    ["its parts in another order", challenge.split(",").toReversed().join(), "cannot be read"],
    ["an extension that has to be known", `m=x,${challenge}`, "extension"],
    ["nothing", "", "cannot be read"]
  ])("refuses a challenge with %s", (_, tampered, detail) => {
    const said = run(sasl, nonce, [tampered, verdict])
    expect(said[1]).toMatch(/^Distrusted: /)
    expect(said[1]).toContain(detail)
    expect(said[2]).toBe("")
  })

  it("is not done when anything that was said before was changed on the way", () => {
    for (const tampered of [
      challenge.replace("%hv", "%hw"),
      challenge.replace("W22Z", "W22Y"),
      challenge.replace("4096", "4097")
    ]) {
      expect(run(sasl, nonce, [tampered, verdict])[2]).toBe("Distrusted: its signature is wrong")
    }
  })

  it.each([
    ["a signature of another password", verdict.replace("6rri", "7rri"), "its signature is wrong"],
    ["a signature that is too short", "v=6rri", "its signature is wrong"],
    ["no signature", "v=", "its signature is wrong"],
    ["an error", "e=invalid-proof", "it has ended the exchange with an error"],
    ["something else", "ok", "its signature cannot be read"]
  ])("does not trust a broker that ends with %s", (_, tampered, detail) => {
    expect(run(sasl, nonce, [challenge, tampered])[2]).toBe(`Distrusted: ${detail}`)
  })

  it("refuses an answer that is no text", () => {
    const machine = saslMachine(sasl)
    const [state] = machine.step({ _tag: "New" }, { _tag: "Begin", nonce })
    const [, outputs] = machine.step(state, { _tag: "Answered", bytes: Uint8Array.of(0xff, 0xfe) })
    expect(outputs).toEqual([{ _tag: "Distrusted", detail: "its answer is no text" }])
  })

  it.each([
    ["an empty password", "", "is empty"],
    ["a control character", "pass\tword", "not seen"],
    ["a soft hyphen", "pass\u00adword", "not seen"],
    ["a variation selector", "pass\ufe0fword", "not seen"],
    ["another space", "pass\u00a0word", "not the ordinary one"],
    ["a ligature", "\ufb01sh", "several ways"],
    ["a letter and its mark apart", "cafe\u0301", "several ways"]
  ])("refuses %s, since brokers differ in what they make of it", (_, password, detail) => {
    const [said] = run(credentials("scram-sha-512", "user", password), nonce, [])
    expect(said).toMatch(/^Unusable: the password /)
    expect(said).toContain(detail)
  })

  it("takes letters beyond ASCII that are written in one way", () => {
    expect(run(credentials("scram-sha-256", "Jürgen", "schlüssel 鍵 🔑"), "n", [])).toEqual(["n,,n=Jürgen,r=n"])
  })
})

describe("saslMachine by PLAIN", () => {
  it("says user and password at once, and is done with the answer", () => {
    expect(run(credentials("plain", "user", "pencil"), "", [""])).toEqual(["\0user\0pencil", "done"])
  })

  it("refuses what would end the user's name or the password early", () => {
    expect(run(credentials("plain", "us\0er", "pencil"), "", [])[0]).toMatch(/^Unusable: the user name /)
    expect(run(credentials("plain", "user", ""), "", [])[0]).toBe("Unusable: the password is empty")
  })
})

describe("nodeScram", () => {
  it("computes what Node computes, and never gives a nonce twice", () => {
    const bytes = Buffer.from("abc")
    expect(nodeScram.hash("sha-256", bytes)).toEqual(createHash("sha256").update(bytes).digest())
    expect(nodeScram.hmac("sha-512", bytes, bytes)).toEqual(createHmac("sha512", bytes).update(bytes).digest())
    expect(nodeScram.pbkdf2("sha-512", bytes, bytes, 5)).toEqual(pbkdf2Sync(bytes, bytes, 5, 64, "sha512"))
    const nonces = Array.from({ length: 100 }, nodeScram.nonce)
    expect(new Set(nonces).size).toBe(100)
    for (const each of nonces) expect(each).toMatch(/^[A-Za-z0-9_-]{32}$/)
  })
})
