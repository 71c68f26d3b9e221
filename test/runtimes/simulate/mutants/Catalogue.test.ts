import { describe, expect, it } from "vitest"
import { mutants } from "../../../../runtimes/simulate/mutants/Catalogue.ts"

describe("the catalogue of planted bugs", () => {
  const all = Object.entries(mutants).flatMap(([system, listed]) => listed.map((mutant) => [system, mutant] as const))

  it("has a name of its own for each bug of a system", () => {
    const names = all.map(([system, { name }]) => `${system} ${name}`)
    expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([])
    expect(all.filter(([, { name }]) => name === "all" || name === "list")).toEqual([])
    expect(names.filter((name) => !/^\w+ [a-z]+(-[a-z]+)*$/.test(name))).toEqual([])
  })

  it("says of each bug in a sentence what is wrong", () => {
    expect(all.filter(([, { why }]) => !/^[A-Z].*[.)]$/.test(why)).map(([, { name }]) => name)).toEqual([])
  })

  it("lists each bug under its system, and changes something by it", () => {
    const odd = all.filter(
      ([system, mutant]) =>
        mutant.system !== system ||
        mutant.patches.length === 0 ||
        mutant.patches.some(({ find, replace }) => find === replace)
    )
    expect(odd).toEqual([])
  })
})
