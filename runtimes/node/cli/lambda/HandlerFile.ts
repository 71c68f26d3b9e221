import { existsSync, statSync } from "node:fs"
import { extname, resolve } from "node:path"
import * as Effect from "effect/Effect"
import type { Handler } from "../../lambda/Sandbox.ts"
import { UseError } from "../UseError.ts"

const extensions = ["", ".mjs", ".js", ".cjs", ".mts", ".ts", ".cts"]

const isFile = (path: string): boolean => existsSync(path) && statSync(path).isFile()

/**
 * Finds the file and the export that a text names, as AWS Lambda does: `index.handler` is `handler` of `index.mjs`, `index.js` or
 * `index.ts`. The file itself does as well, `src/index.ts` or `src/index.ts.replicate`; its `handler` where no export is named.
 */
export const handlerOf = (text: string): Effect.Effect<Handler, UseError> => {
  const path = resolve(text)
  if (isFile(path)) return Effect.succeed({ file: path, name: "handler" })
  const end = extname(path)
  const file = extensions.map((extension) => `${path.slice(0, -end.length)}${extension}`).find(isFile)
  if (end.length > 1 && file !== undefined) return Effect.succeed({ file, name: end.slice(1) })
  const message = `There is no handler ${JSON.stringify(text)}: give --handler FILE, or FILE.EXPORT for a function that is not called "handler".`
  return Effect.fail(new UseError({ message }))
}
