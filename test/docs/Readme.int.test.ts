import { spawnSync } from "node:child_process"
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { expect, it } from "vitest"
import { projectRoot } from "../house/Command.ts"
import { readText } from "../house/Tree.ts"

/** The text of the first block with this language tag at or after `from`, and where it ends. */
const blockOf = (text: string, language: string, from: number): { readonly code: string; readonly end: number } => {
  const found = new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, "ms").exec(text.slice(from))
  if (found === null) throw new Error(`README.md has no \`\`\`${language} block where one is expected.`)
  return { code: found[1] ?? "", end: from + found.index + found[0].length }
}

it("the first TypeScript example of the README prints what the README promises", () => {
  const readme = existsSync(join(projectRoot, "README.md")) ? readText(projectRoot, "README.md") : ""
  const example = blockOf(readme, "ts", 0)
  const promised = blockOf(readme, "text", example.end).code
  mkdirSync(join(projectRoot, ".data"), { recursive: true })
  const folder = mkdtempSync(join(projectRoot, ".data", "readme-"))
  try {
    writeFileSync(join(folder, "example.ts"), example.code)
    const ended = spawnSync(
      join(projectRoot, "node_modules/.bin/node"),
      ["--conditions=odradek-source", "example.ts"],
      {
        cwd: folder,
        encoding: "utf8",
        timeout: 100_000
      }
    )
    expect({ status: ended.status, stdout: ended.stdout, stderr: ended.stderr }).toEqual({
      status: 0,
      stdout: promised,
      stderr: ""
    })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
