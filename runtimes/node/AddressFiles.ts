import { readFile } from "node:fs/promises"
import * as Effect from "effect/Effect"
import { checkAuthority, checkIdentity, type TlsOptionInvalid } from "../../adapters/tcp/index.ts"
import { JournalStoreError } from "../../core/ports/index.ts"

/** A file that an address names, and the option by which it does. */
export interface NamedFile {
  readonly option: string
  readonly path: string
}

const wrong = ({ option, path }: NamedFile, detail: string, cause: unknown): JournalStoreError =>
  new JournalStoreError({
    reason: "Failed",
    operation: "open",
    message: `The file ${path} that ${option} names in the store's address ${detail}.`,
    cause
  })

const text = (file: NamedFile): Effect.Effect<string, JournalStoreError> =>
  Effect.tryPromise({
    try: () => readFile(file.path, "utf8"),
    catch: (cause) => {
      const said = cause instanceof Error && "code" in cause ? String(cause.code) : String(cause)
      return wrong(file, `cannot be read (${said}): correct its name`, cause)
    }
  })

/** Reads the certificate of an authority. */
export const readAuthority = Effect.fnUntraced(function* (
  file: NamedFile
): Effect.fn.Return<string, JournalStoreError> {
  const ca = yield* text(file)
  yield* Effect.mapError(checkAuthority(ca), (error) => wrong(file, error.detail, error))
  return ca
})

/** Reads a certificate and its key. */
export const readIdentity = Effect.fnUntraced(function* (
  certificate: NamedFile,
  key: NamedFile
): Effect.fn.Return<{ readonly cert: string; readonly key: string }, JournalStoreError> {
  const [cert, secret] = [yield* text(certificate), yield* text(key)]
  const ofFile = (error: TlsOptionInvalid): JournalStoreError =>
    wrong(error.option === "key" ? key : certificate, error.detail, error)
  yield* Effect.mapError(checkIdentity(cert, secret), ofFile)
  return { cert, key: secret }
})
