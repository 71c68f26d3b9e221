import { readdirSync, readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import * as chain from "../../../core/chain/index.ts"
import { parseScript, runScript } from "../../../core/scenarios/index.ts"

const names = readdirSync(import.meta.dirname).filter((name) => name.endsWith(".txt"))

/** A changed story fails with what changed; `vitest run test/simulation/scripts -u` writes all of them anew. */
describe("a story of the chain", () => {
  for (const name of names) {
    const text = readFileSync(`${import.meta.dirname}/${name}`, "utf8")

    it(`goes as ${name} tells it`, async () => {
      const told = runScript(chain, text)
      expect(told).not.toContain("VIOLATED")
      await expect(told).toMatchFileSnapshot(name)
    })

    it(`says in three to ten lines what ${name} shows`, () => {
      const comments = parseScript(text).steps[0]?.comments ?? []
      expect(comments.length).toBeGreaterThanOrEqual(3)
      expect(comments.length).toBeLessThanOrEqual(10)
    })
  }

  it("is told for each part of the algorithm", () => {
    expect(names.length).toBeGreaterThanOrEqual(5)
  })
})
