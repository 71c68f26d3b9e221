import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { expect, it } from "vitest"
import { run } from "../house/Command.ts"
import { blocksOf, inScratch, pages } from "./Blocks.ts"

/** Examples that are whole programs: they import what they use, from packages alone. */
const programsOf = (page: string): ReadonlyArray<string> =>
  blocksOf(page).flatMap(({ code, language }) =>
    language === "ts" && /from "odradek\//.test(code) && !code.includes('from "./') ? [code] : []
  )

it("the examples of all pages have the types that they show, where everything is strict", () =>
  inScratch(async (folder) => {
    let count = 0
    for (const page of pages) {
      programsOf(page).forEach((code, at) => {
        count++
        writeFileSync(join(folder, `${page.replaceAll(/\W/g, "-")}-${at}.ts`), code)
      })
    }
    const compilerOptions = { noEmit: true, noUnusedLocals: false, types: ["node"], lib: ["es2023"] }
    const config = {
      extends: "../../tsconfig.base.json",
      compilerOptions,
      include: ["*.ts", "../../adapters/**/*.d.ts"]
    }
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config))
    const ended = await run("tsc", ["-p", join(folder, "tsconfig.json")])
    expect(ended).toEqual({ code: 0, stdout: "", stderr: "" })
    expect(count).toBeGreaterThan(4)
  }))
