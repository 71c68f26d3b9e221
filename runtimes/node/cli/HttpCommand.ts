import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { isToken, makeHttpHandler, parseTokens, rights } from "../../../adapters/http/index.ts"
import type { Token } from "../../../adapters/http/index.ts"
import { checkAuthority, checkIdentity } from "../../../adapters/tcp/index.ts"
import { HeadCache } from "../../../core/journal/index.ts"
import type { Address } from "../../../core/ports/index.ts"
import { serveWeb, type WebServerTls } from "../http/WebServer.ts"
import { openLog } from "../OpenLog.ts"
import { openStore } from "../OpenStore.ts"
import { shownAddress } from "../ShownAddress.ts"
import { clusterOf } from "./Cluster.ts"
import { defaultHttpAddress } from "./CommandSettings.ts"
import type { httpSettings, SettingsOf } from "./CommandSettings.ts"
import { sayOut } from "./Output.ts"
import { defaults, flagOf } from "./Settings.ts"
import { untilSignal } from "./Signals.ts"
import { readText } from "./TlsFiles.ts"
import { UseError } from "./UseError.ts"
import { packageVersion } from "./Version.ts"

/** What `odradek http` is told beside its settings. */
export interface HttpFlags {
  readonly open: boolean
  readonly json: boolean
}

/** An append ends before the time of its request does, so that the log's own answer is given. */
const appendTimeoutMs = 20_000

type HttpSettings = SettingsOf<typeof httpSettings>

/** The only variable that holds a token: whoever lists the processes of a machine sees their flags. */
const tokenVariable = "ODRADEK_TOKEN"

const addressOf = (text: string): Effect.Effect<Address, UseError> => {
  const parts = /^(?:\[([^\]\s]+)\]|([^:\s]+)):(\d{1,5})$/.exec(text)
  const [host, port] = [parts?.[1] ?? parts?.[2] ?? "", Number(parts?.[3])]
  return parts !== null && port <= 65_535
    ? Effect.succeed({ host, port })
    : Effect.fail(new UseError({ message: `"${text}" is no address to listen at: write HOST:PORT.` }))
}

const isThisMachine = ({ host }: Address): boolean => /^(localhost|127(\.\d+){3}|::1)$/.test(host)

/** The tokens that are let in; `undefined` where nobody needs one. */
const tokensOf = Effect.fnUntraced(function* ({ tokensFile }: HttpSettings) {
  if (tokensFile !== undefined) {
    const tokens = parseTokens(yield* readText("tokensFile", tokensFile))
    return yield* Effect.mapError(Effect.fromResult(tokens), ({ message }) => {
      const where = `of the file ${tokensFile} of ${flagOf("tokensFile")}`
      return new UseError({ message: message.replace(/\.$/, ` (${where}).`) })
    })
  }
  const token = process.env[tokenVariable]
  if (token === undefined) return undefined
  if (!isToken(token)) {
    const message = `${tokenVariable} holds no token: give at least 16 characters of a-z, 0-9 and -._~+/.`
    return yield* new UseError({ message })
  }
  const all: Token = { name: tokenVariable, rights, topics: undefined, token: Redacted.make(token) }
  return [all]
})

const files = { certificate: "httpCertificate", key: "httpKey", ca: "httpAuthority" } as const

const tlsOf = Effect.fnUntraced(function* (
  settings: HttpSettings
): Effect.fn.Return<WebServerTls | undefined, UseError> {
  const { httpAuthority, httpCertificate, httpKey } = settings
  if (httpCertificate === undefined && httpKey === undefined && httpAuthority === undefined) return undefined
  if (httpCertificate === undefined || httpKey === undefined) {
    const message = "HTTPS needs a certificate and its key: give both --http-certificate and --http-key."
    return yield* new UseError({ message })
  }
  const certificate = yield* readText("httpCertificate", httpCertificate)
  const key = yield* readText("httpKey", httpKey)
  const ca = httpAuthority === undefined ? undefined : yield* readText("httpAuthority", httpAuthority)
  const checked = Effect.andThen(checkIdentity(certificate, key), ca === undefined ? Effect.void : checkAuthority(ca))
  yield* Effect.mapError(checked, ({ detail, option }) => {
    const setting = files[option]
    return new UseError({ message: `The file ${settings[setting] ?? ""} of ${flagOf(setting)} ${detail}.` })
  })
  return { certificate, key, ...(ca === undefined ? {} : { ca }) }
})

/** Serves journals over HTTP until a signal comes; what is under way is answered first. */
export const runHttp = Effect.fnUntraced(function* (settings: HttpSettings, { json, open }: HttpFlags) {
  const { client = defaults.client, compression = defaults.compression, store = defaults.store, topics } = settings
  const listen = yield* addressOf(settings.listen ?? defaultHttpAddress)
  const tokens = yield* tokensOf(settings)
  const tls = yield* tlsOf(settings)
  const isGuarded = tokens !== undefined || tls?.ca !== undefined
  if (!isGuarded && !open && !isThisMachine(listen)) {
    const message = `Whoever reaches ${settings.listen} could append and remove: give --tokens-file or --http-authority, or --open if that is meant.`
    return yield* new UseError({ message })
  }
  const cluster = yield* clusterOf(settings)
  const serve = Effect.gen(function* () {
    if (tokens !== undefined && tls === undefined && !isThisMachine(listen)) {
      yield* Effect.logWarning(
        "Tokens go over the network as they are: give --http-certificate, or put a proxy before it."
      )
    }
    const ports = yield* Effect.all({
      log: openLog({ ...cluster, client, compression, appendTimeoutMs }),
      store: openStore(store, { readOnly: true })
    })
    const handler = yield* makeHttpHandler({
      ...ports,
      heads: yield* HeadCache.make(ports),
      origin: "odradek",
      version: packageVersion(),
      storeName: shownAddress(store),
      certificates: tls?.ca !== undefined,
      ...(topics === undefined ? {} : { topics }),
      ...(tokens === undefined ? {} : { tokens })
    })
    const { drain, fetch } = handler
    const { url } = yield* serveWeb({ listen, fetch, drain, ...(tls === undefined ? {} : { tls }) })
    yield* sayOut(json ? JSON.stringify({ type: "ready", url }) : `ready ${url}`)
    return yield* Effect.never
  })
  yield* Effect.raceFirst(Effect.scoped(serve), untilSignal)
})
