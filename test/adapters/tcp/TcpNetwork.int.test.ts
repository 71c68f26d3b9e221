import { it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { describe, expect } from "vitest"
import { TcpNetwork } from "../../../adapters/tcp/index.ts"
import { networkContract } from "../../../core/ports/contract/index.ts"

describe("TcpNetwork", () => {
  const address = { host: "127.0.0.1", port: 0 }
  for (const { name, run } of networkContract(Effect.succeed({ network: TcpNetwork, address }))) {
    it.live(name, () => Effect.scoped(run))
  }

  it.live("listening on localhost answers on every address of that name", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const bound = yield* TcpNetwork.listen({ host: "localhost", port: 0 }, (connection) =>
          Effect.ignore(connection.write([new Uint8Array([7])]))
        )
        for (const host of ["localhost", "127.0.0.1"]) {
          const client = yield* TcpNetwork.connect({ address: { host, port: bound.port }, timeoutMs: 2000 })
          expect(yield* client.read).toEqual(Buffer.from([7]))
        }
      })
    )
  )

  it.live("an address that this machine has not is told from a fault of the system, with what to do", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const listening = TcpNetwork.listen({ host: "192.0.2.1", port: 0 }, () => Effect.void)
        const { message } = yield* Effect.flip(listening)
        expect(message).toMatch(/^Cannot listen on 192\.0\.2\.1:0: this machine has no such address: listen on /)
      })
    )
  )

  it.live("a name that does not resolve is Refused, and the sentence says so", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const address = { host: "no-such-host.invalid", port: 9092 }
        const error = yield* Effect.flip(TcpNetwork.connect({ address, timeoutMs: 10_000 }))
        expect(error.reason).toBe("Refused")
        expect(error.message).toMatch(
          /^Cannot connect to no-such-host\.invalid:9092: (no host has this name|the name cannot be resolved now): check /
        )
      })
    )
  )
})
