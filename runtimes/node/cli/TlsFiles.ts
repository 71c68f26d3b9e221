import { readFile } from "node:fs/promises"
import * as Effect from "effect/Effect"
import type { TlsOptionInvalid } from "../../../adapters/tcp/index.ts"
import { flagOf, type Setting } from "./Settings.ts"
import { UseError } from "./UseError.ts"

/** Which settings name the files of TLS, by what is in them. */
export const tlsSettings = {
  certificate: "tlsCertificate",
  key: "tlsKey",
  ca: "tlsAuthority"
} as const satisfies Record<TlsOptionInvalid["option"], Setting>

/** Reads the text of a file that a setting names. */
export const readText = (setting: Setting, path: string): Effect.Effect<string, UseError> =>
  Effect.tryPromise({
    try: () => readFile(path, "utf8"),
    catch: (cause) => {
      const said = cause instanceof Error && "code" in cause ? String(cause.code) : String(cause)
      return new UseError({
        message: `The file ${path} of ${flagOf(setting)} cannot be read (${said}): check its name.`
      })
    }
  })

/** Says of the file that a setting names what is wrong with it. */
export const wrongFile = (
  { detail, option }: TlsOptionInvalid,
  paths: { readonly [K in (typeof tlsSettings)[keyof typeof tlsSettings]]?: string }
): UseError => {
  const setting = tlsSettings[option]
  const path = paths[setting]
  const file = path === undefined ? "The file" : `The file ${path}`
  return new UseError({ message: `${file} of ${flagOf(setting)} ${detail}.` })
}
