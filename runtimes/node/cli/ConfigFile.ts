import { readFile } from "node:fs/promises"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { resolveSettings, SettingError } from "./Settings.ts"
import type { Setting, Settings, Sources } from "./Settings.ts"

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const wrongFile = (path: string, message: string): SettingError =>
  new SettingError({ setting: "config", source: path, message })

const parse = (path: string, text: string): Result.Result<Readonly<Record<string, unknown>>, SettingError> => {
  const parsed = Result.try({
    try: (): unknown => JSON.parse(text),
    catch: (cause) => wrongFile(path, `Settings file ${path} is not JSON (${String(cause)}): correct it.`)
  })
  if (Result.isFailure(parsed)) return Result.fail(parsed.failure)
  return isObject(parsed.success)
    ? Result.succeed(parsed.success)
    : Result.fail(wrongFile(path, `Settings file ${path} has to be one JSON object: write {"brokers": "HOST:PORT"}.`))
}

const read = Effect.fnUntraced(function* (path: string) {
  const text = yield* Effect.tryPromise({
    try: () => readFile(path, "utf8"),
    catch: (cause) => {
      const said = cause instanceof Error && "code" in cause ? String(cause.code) : String(cause)
      return wrongFile(path, `Settings file ${path} cannot be read (${said}): check --config and ODRADEK_CONFIG.`)
    }
  })
  return { path, settings: yield* Effect.fromResult(parse(path, text)) }
})

/**
 * The settings that a command uses, from its flags, the environment of this process and, where `config` or
 * `ODRADEK_CONFIG` names one, a file.
 */
export const readSettings = Effect.fnUntraced(function* <K extends Setting>(
  used: ReadonlyArray<K>,
  flags: Sources["flags"],
  config: string | undefined
): Effect.fn.Return<Pick<Settings, K>, SettingError> {
  const environment = process.env
  const path = config ?? environment["ODRADEK_CONFIG"]
  const sources: Sources = { flags, environment }
  const all: Sources = path === undefined ? sources : { ...sources, file: yield* read(path) }
  return yield* Effect.fromResult(resolveSettings(used, all))
})
