import { mkdtempSync, rmSync } from "node:fs"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { makeFileDisk } from "../../../../adapters/file/index.ts"
import { TcpNetwork, TlsNetwork } from "../../../../adapters/tcp/index.ts"
import type { Network } from "../../../../core/ports/index.ts"
import { Authority } from "../../../adapters/tcp/Certificates.ts"
import { nodeContract } from "./NodeContract.ts"
import type { Place } from "./NodeCluster.ts"

const root = mkdtempSync(join(tmpdir(), "odradek-chain-"))
const authority = new Authority()
afterAll(() => {
  rmSync(root, { recursive: true })
  authority.remove()
})
let places = 0

const freePort = Effect.callback<number>((resume) => {
  const server = createServer()
  server.listen(0, "127.0.0.1", () => {
    const address = server.address()
    const port = address !== null && typeof address === "object" ? address.port : 0
    server.close(() => resume(Effect.succeed(port)))
  })
})

/** Folders of their own, and ports that were free a moment ago. */
const makePlace = Effect.fnUntraced(function* (network: Network) {
  const folder = join(root, `${++places}`)
  const ports: Array<number> = []
  for (let i = 0; i <= 5; i++) ports.push(yield* freePort)
  const place: Place = {
    network,
    addressOf: (id) => ({ host: "127.0.0.1", port: ports[id]! }),
    disk: (id) => makeFileDisk({ root: join(folder, `${id}`) }),
    cut: () => {},
    electionMs: 800
  }
  return place
})

describe("nodes over TCP, with files", () => {
  for (const { name, run } of nodeContract) it.live(name, () => Effect.flatMap(makePlace(TcpNetwork), run))
})

describe("nodes over TLS, with files", () => {
  const [first] = nodeContract
  it.live(`${first?.name}`, () =>
    Effect.gen(function* () {
      const network = yield* TlsNetwork.make(authority.sign())
      yield* first!.run(yield* makePlace(network))
    })
  )
})
