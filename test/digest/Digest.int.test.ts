import { describe, expect, it } from "vitest"
import { differences, lineOf } from "./Compare.ts"
import { computeEverywhere } from "./Runtimes.ts"

/** Each system with so many seeds; `npm run digest` takes 200. */
const seeds = 5

const deadlineMs = 240_000

describe("core's test vectors", () => {
  it("have the same digests on Node 22, Node 24, Deno and workerd", { timeout: 4 * deadlineMs }, async () => {
    const all = await computeEverywhere(seeds, deadlineMs)
    expect(differences(all)).toEqual([])
    expect(all.map(({ runtime, version }) => `${runtime}: ${version}`)).toEqual([
      expect.stringMatching(/^Node 22: v22\./),
      expect.stringMatching(/^Node 24: v24\./),
      expect.stringMatching(/^Deno: 2\./),
      "workerd: Cloudflare-Workers"
    ])
    expect(
      new Set(
        all.map((one) =>
          lineOf(one)
            .split(/\s{2,}/)
            .at(-3)
        )
      ).size
    ).toBe(1)
  })
})
