import { spawn } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import { encodeUtf8 } from "../../core/bytes/index.ts"
import { actionHeaderName } from "../../core/journal/index.ts"
import { openLog } from "../../runtimes/node/index.ts"
import { Broker, Journals } from "../../runtimes/promise/index.ts"
import { projectRoot } from "../house/Command.ts"
import { readText } from "../house/Tree.ts"
import { blocksOf, inScratch } from "./Blocks.ts"

const page = readText(projectRoot, "docs/operations.md")
const topic = "accounts"

const commandsOf = (section: string): ReadonlyArray<string> =>
  blocksOf("docs/operations.md", section).flatMap(({ code, language }) => (language === "sh" ? [code] : []))

/** Runs commands of the page in a folder, with the package's own program as `odradek`. */
const shell = async (folder: string, broker: string, command: string) => {
  const main = join(projectRoot, "runtimes/node/main.ts")
  const node = join(projectRoot, "node_modules/.bin/node")
  const odradek = `odradek() { '${node}' --conditions=odradek-source '${main}' "$@"; }`
  const env = { ...process.env, NO_COLOR: "1", ODRADEK_BROKERS: broker, ODRADEK_STORE: "sqlite:accounts.db" }
  const child = spawn("bash", ["--norc", "-c", `${odradek}\n${command}`], { cwd: folder, env, timeout: 120_000 })
  const said = { stdout: "", stderr: "" }
  child.stdout.setEncoding("utf8").on("data", (text: string) => (said.stdout += text))
  child.stderr.setEncoding("utf8").on("data", (text: string) => (said.stderr += text))
  const [code] = (await once(child, "close")) as [number | null]
  return { code, ...said }
}

/** Has everything of the topic replicated, as far as it can be read. */
const replicated = async (journals: Journals<unknown>, id: string, events: number): Promise<void> => {
  const replicator = await journals.replicate()
  const inStore = async () => (await journals.journal(id).explain()).events.filter(({ source }) => source === "store")
  await expect.poll(async () => (await inStore()).length, { timeout: 120_000 }).toBe(events)
  await replicator.close()
}

describe("the page on operations", () => {
  it("has commands that say that all is well where it is, and which record cannot be read", { timeout: 600_000 }, () =>
    inScratch(async (folder) => {
      const broker = await Broker.start()
      const store = `sqlite:${join(folder, "accounts.db")}`
      const journals = await Journals.open({ brokers: [broker.address], topic, store, log: () => {} })
      const account = journals.journal("account-1")
      await account.append([{ payload: { deposited: 100 } }], { expireAfter: "30 days" })
      await replicated(journals, "account-1", 1)

      for (const section of ["Is everything well?", "Is the store right?", "What expires"]) {
        const commands = commandsOf(section)
        expect(commands.length, section).toBeGreaterThan(0)
        for (const command of commands) {
          expect(await shell(folder, broker.address, command), command).toMatchObject({ code: 0 })
        }
      }

      const offset = await Effect.runPromise(
        Effect.scoped(
          Effect.flatMap(openLog({ brokers: [broker.address] }), (log) => {
            const headers = [{ name: actionHeaderName, value: encodeUtf8("{").slice() }]
            const key = encodeUtf8("account-2").slice()
            return log.append({ topic, partition: 0, timestamp: 1, key, value: null, headers })
          })
        )
      )
      await account.append([{ payload: { withdrawn: 30 } }])

      const title = "A record that cannot be read"
      const [doctor, sql] = blocksOf("docs/operations.md", title)
      const found = await shell(folder, broker.address, doctor?.code ?? "")
      expect(found.code).toBe(1)
      const promised = (doctor?.prints ?? "").replaceAll(" 41 ", ` ${offset} `)
      expect(promised).toContain(`${offset}`)
      expect(found.stdout).toContain(promised)

      const database = new DatabaseSync(join(folder, "accounts.db"))
      database.exec((sql?.code ?? "").replace("41", `${offset}`))
      database.close()
      await replicated(journals, "account-1", 2)
      await journals.close()
      await broker.close()
    })
  )

  it("names metrics that replicators have", () => {
    const named = [...page.matchAll(/`(?:count\()?(replicator_\w+)/g)].map(([, name = ""]) => name)
    expect(named.length).toBeGreaterThan(4)
    const described = readText(projectRoot, "docs/replicator.md")
    expect(
      named.filter((name) => !described.includes(`| \`${name}\``) && !described.includes(`, \`${name}\``))
    ).toEqual([])
  })
})
