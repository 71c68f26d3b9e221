import { execFileSync } from "node:child_process"
import { expect, it } from "vitest"
import { shellWord } from "../../../../runtimes/node/cli/ShellWord.ts"
import { replicatorCommandFor } from "../../../../runtimes/node/cli/journal/OpenJournals.ts"

it.each(["sqlite:journal.db", "memory:", "cassandra://journal@h:9042/keyspace", "runs/a-1.plan.json"])(
  "%s is a word as it stands",
  (text) => {
    expect(shellWord(text)).toBe(text)
  }
)

it.each([
  "postgres://journal@h:5432/d?schema=x&sslmode=require",
  "sqlite:it's here.db",
  "sqlite:$HOME/`id`;!",
  "",
  "sqlite:/tmp/ä\n*.db"
])("a shell takes %j as one word, as it stands", (text) => {
  expect(execFileSync("sh", ["-c", `printf %s ${shellWord(text)}`], { encoding: "utf8" })).toBe(text)
})

it("the command that starts a replicator quotes the address, without its password", () => {
  expect(replicatorCommandFor("orders", "postgres://journal:pw@h/d?schema=x&sslmode=require")).toBe(
    "odradek replicator --topics orders --store 'postgres://journal@h/d?schema=x&sslmode=require'"
  )
  expect(replicatorCommandFor("orders", "sqlite:journal.db")).toBe(
    "odradek replicator --topics orders --store sqlite:journal.db"
  )
})
