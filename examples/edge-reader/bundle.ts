import { fileURLToPath } from "node:url"
import { build } from "esbuild"

/**
 * The worker as one module, as it is deployed. `conditions` choose what of a package is taken: a clone of odradek takes its
 * sources.
 */
export const bundleWorker = async (conditions: ReadonlyArray<string> = []): Promise<string> => {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL("worker.ts", import.meta.url))],
    bundle: true,
    minify: true,
    format: "esm",
    platform: "neutral",
    mainFields: ["module", "main"],
    conditions: [...conditions, "worker"],
    target: "es2023",
    write: false,
    logLevel: "warning"
  })
  return outputFiles[0]?.text ?? ""
}
