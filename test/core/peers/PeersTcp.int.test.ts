import { describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { TcpNetwork } from "../../../adapters/tcp/index.ts"
import { peersContract } from "./PeersContract.ts"

describe("peers over TCP", () => {
  for (const { name, run } of peersContract(() => TcpNetwork, { host: "127.0.0.1", port: 0 })) {
    it.live(name, () => Effect.scoped(run))
  }
})
