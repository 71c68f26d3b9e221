import { describe, expect, it } from "vitest"
import type { ChainInput, ChainState, Configuration, Message } from "../../../../core/chain/index.ts"
import * as real from "../../../../core/chain/index.ts"
import { buildMutant } from "../../../../runtimes/simulate/mutants/BuildMutant.ts"
import { mutants } from "../../../../runtimes/simulate/mutants/Catalogue.ts"
import { loadModule } from "./LoadModule.ts"

type Chain = typeof real

type Letter =
  | { readonly _tag: "Message"; readonly from: number; readonly to: number; readonly message: Message }
  | { readonly _tag: "Written"; readonly to: number; readonly write: number }

const ids = [1, 2, 3]
const incarnationOf = (id: number): number => id * 100

const initial: Configuration = {
  members: ids.map((id) => ({ id, role: "Voter", priority: 0, incarnation: incarnationOf(id) }))
}

/** Whether three nodes, of whose messages none is lost, have a leader after five of their longest waits. */
const leads = ({ chain, chainDefaults, genesis, start, status }: Chain): boolean => {
  const empty = { initial, term: 0, vote: 0, commit: genesis, blocks: [] }
  const states = new Map<number, ChainState>()
  for (const id of ids) {
    states.set(id, start({ ...chainDefaults, id }, { ...empty, incarnation: incarnationOf(id) }, id))
  }
  let mail: Array<Letter> = []
  const step = (id: number, input: ChainInput): void => {
    const before = states.get(id)
    if (before === undefined) return
    const [after, outputs] = chain.step(before, input)
    states.set(id, after)
    for (const output of outputs) {
      if (output._tag === "Send") mail.push({ _tag: "Message", from: id, to: output.to, message: output.message })
      if (output._tag === "Persist") mail.push({ _tag: "Written", to: id, write: output.write })
    }
  }
  for (let now = 1000; now < 11_000; now += 10) {
    for (const id of ids) step(id, { _tag: "Tick", now })
    const due = mail
    mail = []
    for (const letter of due) {
      if (letter._tag === "Written") step(letter.to, { _tag: "Persisted", write: letter.write })
      else {
        const { from, message, to } = letter
        step(to, { _tag: "Received", from, incarnation: incarnationOf(from), message })
      }
    }
    if ([...states.values()].some((state) => status(state).role === "Leader")) return true
  }
  return false
}

/** Bugs by which nobody is ever elected, even where nothing fails. */
const leaderless: ReadonlySet<string> = new Set(["equal-patience", "held-for-ever", "pre-vote-adopted"])

describe("a bug planted in the chain", () => {
  it("takes the place of a chain that elects a leader", () => {
    expect(leads(real)).toBe(true)
  })

  it.each(mutants.chain)("is built, and elects a leader if it can: $name", async (mutant) => {
    const [chain] = await buildMutant<readonly [Chain]>(mutant, ["core/chain/index.ts"], loadModule)
    expect(leads(chain)).toBe(!leaderless.has(mutant.name))
  })

  it("is planted sixty times at least", () => {
    expect(mutants.chain.length).toBeGreaterThanOrEqual(60)
  })
})
