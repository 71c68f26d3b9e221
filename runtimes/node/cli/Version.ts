import { readFileSync } from "node:fs"

/** The version of this package. */
export const packageVersion = (): string => {
  const manifest: unknown = JSON.parse(readFileSync(new URL(import.meta.resolve("odradek/package.json")), "utf8"))
  const has = typeof manifest === "object" && manifest !== null && "version" in manifest
  return has ? String(manifest.version) : "unknown"
}
