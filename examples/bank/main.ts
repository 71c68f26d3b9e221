import { once } from "node:events"
import { mkdirSync, mkdtempSync, rmSync } from "node:fs"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { Broker } from "odradek/runtimes/promise"
import { Bank } from "./Bank.ts"
import { serve } from "./Server.ts"
import { story } from "./Story.ts"

const { values } = parseArgs({ options: { data: { type: "string" }, serve: { type: "string" } } })

const folder = values.data ?? mkdtempSync(join(tmpdir(), "bank-"))
mkdirSync(folder, { recursive: true })
const broker = await Broker.start({ data: join(folder, "log") })
const options = { brokers: [broker.address], store: `sqlite:${join(folder, "accounts.db")}` }

try {
  if (values.serve === undefined) {
    await story(options, console.log)
  } else {
    const bank = await Bank.open({ ...options, log: console.warn })
    await bank.replicate()
    await bank.resume()
    const server = serve(bank).listen(Number(values.serve), "127.0.0.1")
    await once(server, "listening")
    const { port } = server.address() as AddressInfo
    console.log(`Accounts are at http://127.0.0.1:${port}/accounts/ID; Ctrl-C ends the bank.`)
    await Promise.race([once(process, "SIGINT"), once(process, "SIGTERM")])
    server.close()
    server.closeAllConnections()
    await bank.close()
  }
} finally {
  await broker.close()
  if (values.data === undefined) rmSync(folder, { recursive: true, force: true })
}
