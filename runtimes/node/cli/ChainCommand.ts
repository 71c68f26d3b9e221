import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { TlsOptions } from "../../../adapters/tcp/index.ts"
import { KeyValues, type NodeStatus, showConfiguration } from "../../../core/chain/index.ts"
import { openChainNode, nodeAddress } from "../ChainNode.ts"
import { serveHttp } from "../chain/HttpServer.ts"
import { keyValuePages } from "../chain/KeyValuePages.ts"
import type { chainSettings, SettingsOf } from "./CommandSettings.ts"
import { sayOut } from "./Output.ts"
import { defaults } from "./Settings.ts"
import { untilSignal } from "./Signals.ts"
import { readText, wrongFile } from "./TlsFiles.ts"
import { UseError } from "./UseError.ts"

/** What `odradek chain` is told beside its settings. */
export interface ChainFlags {
  readonly join: boolean
  readonly memory: boolean
  readonly json: boolean
}

/** What is told of a node whose role, term, leader or members are others than before. */
export const statusText = ({ configuration, leader, role, term }: NodeStatus, json: boolean): string => {
  if (json) return JSON.stringify({ type: "status", role, term, leader, ...configuration })
  const led = leader === 0 ? "no leader" : `leader ${leader}`
  return `${role.toLowerCase()}, term ${term}, ${led}, members ${showConfiguration(configuration)}`
}

type ChainSettings = SettingsOf<typeof chainSettings>

/** The certificates, where there are any: all three, or none. */
const tlsOf = Effect.fnUntraced(function* ({
  tlsAuthority,
  tlsCertificate,
  tlsKey
}: ChainSettings): Effect.fn.Return<TlsOptions | undefined, UseError> {
  if (tlsAuthority === undefined && tlsCertificate === undefined && tlsKey === undefined) return undefined
  if (tlsAuthority === undefined || tlsCertificate === undefined || tlsKey === undefined) {
    const message = "TLS needs three files: give --tls-certificate, --tls-key and --tls-authority, or none of them."
    return yield* new UseError({ message })
  }
  return {
    certificate: yield* readText("tlsCertificate", tlsCertificate),
    key: yield* readText("tlsKey", tlsKey),
    ca: yield* readText("tlsAuthority", tlsAuthority)
  }
})

/** Runs a node that keeps keys and values until a signal comes, or it stops. */
export const runChain = Effect.fnUntraced(function* (settings: ChainSettings, { join, json, memory }: ChainFlags) {
  const { cluster: clusterId = defaults.cluster, data, http, listen, nodeId: id, peers } = settings
  if (id === undefined) return yield* new UseError({ message: "The node has no number: give it one with --id N." })
  if (peers === undefined) {
    const message = "The node knows no addresses: give --peers 1=HOST:PORT,2=HOST:PORT, with its own among them."
    return yield* new UseError({ message })
  }
  if (peers[id] === undefined && listen === undefined) {
    const message = `Node ${id} is not in --peers: add ${id}=HOST:PORT to it, or correct --id.`
    return yield* new UseError({ message })
  }
  if ((data === undefined) !== memory) {
    const message = "Give --data DIR, where the node keeps what it must not forget, or --memory for trying it out."
    return yield* new UseError({ message })
  }
  const tls = yield* tlsOf(settings)
  const page = http === undefined ? undefined : yield* nodeAddress(id, http)
  const serve = Effect.gen(function* () {
    const members = join ? [] : undefined
    const { application } = KeyValues
    const node = yield* openChainNode({ id, clusterId, addresses: peers, listen, members, data, tls, application })
    const url = page === undefined ? undefined : yield* serveHttp({ listen: page, page: keyValuePages(node) })
    const { host, port } = node.address
    const address = host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`
    const ready = { type: "ready", id, address, ...(url === undefined ? {} : { http: url }) }
    const text = url === undefined ? `ready ${address}` : `ready ${address} ${url}`
    yield* sayOut(json ? JSON.stringify(ready) : text)
    // Of what is not told, such as the vote or the links, nobody is told that it has changed.
    const told = node.changes.pipe(
      Stream.map((status) => statusText(status, json)),
      Stream.changes,
      Stream.runForEach(sayOut)
    )
    return yield* Effect.raceFirst(Effect.andThen(told, Effect.never), node.join)
  })
  yield* Effect.raceFirst(
    Effect.catchTag(Effect.scoped(serve), "TlsOptionInvalid", (error) => Effect.fail(wrongFile(error, settings))),
    untilSignal
  )
})
