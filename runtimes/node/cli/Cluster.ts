import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type { BrokerTls, SaslCredentials } from "../../../core/client/index.ts"
import { type BrokerAccess, openAccess } from "../BrokerAccess.ts"
import type { clusterSettings, SettingsOf } from "./CommandSettings.ts"
import { choices, defaults } from "./Settings.ts"
import { readText, wrongFile } from "./TlsFiles.ts"
import { UseError } from "./UseError.ts"

/** The settings of the cluster to talk to. */
export type ClusterSettings = SettingsOf<typeof clusterSettings>

/** Where the brokers are, and what they ask for. */
export interface Cluster extends BrokerAccess {
  readonly brokers: ReadonlyArray<string>
}

/** The only variable that holds a secret: whoever lists the processes of a machine sees their flags. */
const passwordVariable = "ODRADEK_PASSWORD"

const tlsOf = Effect.fnUntraced(function* (
  settings: ClusterSettings
): Effect.fn.Return<BrokerTls | undefined, UseError> {
  const { tlsAuthority, tlsCertificate, tlsKey } = settings
  const named = [tlsAuthority, tlsCertificate, tlsKey].some((path) => path !== undefined)
  if (!(settings.tls ?? named)) return undefined
  if ((tlsCertificate === undefined) !== (tlsKey === undefined)) {
    const message = "A certificate is of no use without its key: give both --tls-certificate and --tls-key, or neither."
    return yield* new UseError({ message })
  }
  return {
    ...(tlsAuthority === undefined ? {} : { ca: yield* readText("tlsAuthority", tlsAuthority) }),
    ...(tlsCertificate === undefined ? {} : { certificate: yield* readText("tlsCertificate", tlsCertificate) }),
    ...(tlsKey === undefined ? {} : { key: yield* readText("tlsKey", tlsKey) })
  }
})

const passwordOf = Effect.fnUntraced(function* ({ passwordFile }: ClusterSettings) {
  if (passwordFile === undefined) return process.env[passwordVariable] ?? ""
  // Editors end the last line.
  return (yield* readText("passwordFile", passwordFile)).replace(/\r?\n$/, "")
})

const saslOf = Effect.fnUntraced(function* (
  settings: ClusterSettings
): Effect.fn.Return<SaslCredentials | undefined, UseError> {
  const { sasl: mechanism, username } = settings
  if (mechanism === undefined) {
    if (username === undefined) return undefined
    const message = `A user is named, and not how to prove who it is: give --sasl ${choices.sasl.slice(0, -1).join(", ")} or ${choices.sasl.at(-1)}.`
    return yield* new UseError({ message })
  }
  if (username === undefined) {
    return yield* new UseError({ message: `SASL needs a user: give --username, or leave out --sasl ${mechanism}.` })
  }
  const password = yield* passwordOf(settings)
  if (password === "") {
    const message = `The password of "${username}" is missing or empty: put it into ${passwordVariable}, or into a file that --password-file names.`
    return yield* new UseError({ message })
  }
  return { mechanism, username, password: Redacted.make(password) }
})

/** Reads what the settings name of the cluster. */
export const clusterOf = Effect.fnUntraced(function* (settings: ClusterSettings): Effect.fn.Return<Cluster, UseError> {
  const { brokers = defaults.brokers } = settings
  const tls = yield* tlsOf(settings)
  const sasl = yield* saslOf(settings)
  const access = { ...(tls === undefined ? {} : { tls }), ...(sasl === undefined ? {} : { sasl }) }
  yield* Effect.mapError(openAccess(access), (error) => wrongFile(error, settings))
  return { brokers, ...access }
})
