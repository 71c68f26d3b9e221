import { randomUUID } from "node:crypto"
import { readFileSync } from "node:fs"
import { expect, it } from "vitest"
import { Journals, type SaslMechanism } from "../../../runtimes/promise/index.ts"
import { service } from "../../services/index.ts"
import { eventually } from "../../Eventually.ts"

const { secure } = service("kafka")

const settings = (mechanism: SaslMechanism, password = secure.user.password) => ({
  brokers: [secure.address],
  topic: `secured-${randomUUID()}`,
  store: "memory:",
  tls: { ca: readFileSync(secure.ca, "utf8") },
  sasl: { mechanism, username: secure.user.username, password }
})

it.each(["plain", "scram-sha-256", "scram-sha-512"] as const)(
  "a journal is appended to, replicated by a group and read, as somebody who is known by %s",
  async (mechanism) => {
    await using journals = await Journals.open(settings(mechanism))
    const journal = journals.journal("one")
    await journal.append([{ payload: { a: 1 } }])
    await journals.replicate({ group: `secured-${randomUUID()}` })
    const sources = async () => (await journal.explain()).events.map(({ source }) => source)
    await eventually(async () => expect(await sources()).toEqual(["store"]))
    const read: Array<unknown> = []
    for await (const { payload } of journal.read()) read.push(payload)
    expect(read).toEqual([{ a: 1 }])
  }
)

it("a wrong password is told when it is used, and stands in nothing that is told", async () => {
  await using journals = await Journals.open(settings("scram-sha-256", "not-this-one"))
  const failed = await journals
    .journal("one")
    .append([{ payload: 1 }])
    .catch((error: unknown) => error)
  expect(failed).toMatchObject({ _tag: "JournalError", reason: "Refused" })
  expect(String(failed)).toContain(`does not take "${secure.user.username}" with this password by SCRAM-SHA-256`)
  expect(JSON.stringify(failed)).not.toContain("not-this-one")
})
