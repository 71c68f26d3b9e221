import { expect, it } from "vitest"
import { blocksOf, runBlock } from "./Blocks.ts"

it("the first TypeScript example of the README prints what the README promises", async () => {
  const example = blocksOf("README.md").find(({ language }) => language === "ts")
  if (example?.prints === undefined) throw new Error("README.md has no text behind its first example.")
  expect(await runBlock(example)).toEqual({ code: 0, stdout: example.prints, stderr: "" })
})
