import { readdirSync, readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import type * as Chain from "../../../core/chain/index.ts"
import { makeChainScenario, runScript, scriptOf } from "../../../core/scenarios/index.ts"
import { buildMutant, mutants } from "../../../runtimes/simulate/index.ts"

const names = readdirSync(import.meta.dirname)

/** Which story shows which planted bug: its beginning, and the name of the bug in the catalogue. */
const shown = [
  ["b01-", "figure-eight"],
  ["b02-", "change-before-own-commit"],
  ["b03-", "configuration-when-committed"],
  ["b06-blocks", "conflict-kept"],
  ["b07-", "older-over-newer"],
  ["b08-", "vote-lost-at-restart"],
  ["b08-", "vote-unwritten"],
  ["b09-", "ack-before-sync"],
  ["b10-old-blocks", "latest-is-head"],
  ["b11-", "ack-of-head"],
  ["b12-answers", "old-acks-counted"],
  ["b12-answers", "late-vote-counted"],
  ["b12-votes-over", "union-elects"],
  ["b13-", "read-before-own-commit"],
  ["b14-", "lease-kept-in-transfer"],
  ["b15-", "transfer-to-anybody"],
  ["b16-", "stranger-votes"],
  ["b20-", "refusals-untold"],
  ["b21-", "transfer-refused"],
  ["b22-", "quorum-unchecked"],
  ["b25-", "learner-abstains"],
  ["b28-", "lost-window-unseen"],
  ["b30-", "unbounded"],
  ["life-25-", "vote-by-length"]
] as const

const told = (module: typeof Chain, text: string): string => {
  try {
    return runScript(module, text)
  } catch (error) {
    return String(error)
  }
}

const planted = async (bug: string): Promise<typeof Chain> => {
  const mutant = mutants.chain.find((each) => each.name === bug)
  if (mutant === undefined) return expect.unreachable(`there is no planted bug ${bug}`)
  const [mad] = await buildMutant<[typeof Chain]>(mutant, ["core/chain/index.ts"], (url) => import(url))
  return mad
}

describe("a story goes otherwise with its bug planted", () => {
  for (const [story, bug] of shown) {
    it(`${story} with ${bug}`, async () => {
      const name = names.find((each) => each.startsWith(story) && each.endsWith(".txt")) ?? ""
      const text = readFileSync(`${import.meta.dirname}/${name}`, "utf8")
      const mad = await planted(bug)
      expect(told(mad, text)).not.toBe(text)
    })
  }
})

describe("the script of a run that fails", () => {
  it("ends with what is violated", async () => {
    const text = scriptOf(makeChainScenario, await planted("ack-before-sync"), { scenario: "chain", seed: 1 })
    expect(text.split("\n").slice(0, 3).join(" ")).toContain("It ends with: S8 ")
    expect(text.trimEnd().split("\n\n").at(-1)).toMatch(/^VIOLATED S8: n\d+ sends AppendReply /m)
  })
})
