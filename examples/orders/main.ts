import { once } from "node:events"
import type { AddressInfo } from "node:net"
import { relative } from "node:path"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"
import { startLocal } from "./Local.ts"
import { serve } from "./Server.ts"
import { story } from "./Story.ts"

const { values } = parseArgs({ options: { serve: { type: "string" } } })

const local = await startLocal()
// The functions read their environment when they are loaded, as on Lambda.
const api = await import("./api.ts")
const replicator = await import("./replicator.ts")

if (values.serve === undefined) {
  await story(local, { api, replicator })
} else {
  const server = serve(api.handler).listen(Number(values.serve), "127.0.0.1")
  await once(server, "listening")
  const file = relative(process.cwd(), fileURLToPath(new URL("replicator.ts", import.meta.url)))
  const variables = Object.entries(local.environment).map(([name, value]) => ` --environment ${name}=${value}`)
  console.log(
    `Orders are at http://127.0.0.1:${(server.address() as AddressInfo).port}/orders/ID; Ctrl-C ends everything.`
  )
  console.log(
    `npx odradek lambda --handler ${file} --topics orders --brokers ${local.brokers.join()}${variables.join("")}`
  )
  await Promise.race([once(process, "SIGINT"), once(process, "SIGTERM")])
  server.close()
  server.closeAllConnections()
}

await api.close()
await replicator.handler.close()
await local.close()
