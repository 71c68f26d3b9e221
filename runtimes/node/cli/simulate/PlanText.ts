import type { CompletePlan } from "../../../../core/simulation/index.ts"

/** A list with each of its items on a line. */
const listed = (items: ReadonlyArray<unknown>): string =>
  items.length === 0 ? "[]" : `[\n${items.map((item) => `    ${JSON.stringify(item)}`).join(",\n")}\n  ]`

/** A plan as JSON for people: a line for each knob, move, fault and chance. */
export const planJson = ({ chances, faults, knobs, moves, scenario, seed }: CompletePlan): string => {
  const values = Object.entries(knobs).map(([name, value]) => `    ${JSON.stringify(name)}: ${value}`)
  const fields = [
    `"scenario": ${JSON.stringify(scenario)}`,
    `"seed": ${seed}`,
    `"knobs": {\n${values.join(",\n")}\n  }`,
    `"faults": ${listed(faults)}`,
    `"moves": ${listed(moves)}`,
    `"chances": ${listed(chances)}`
  ]
  return `{\n${fields.map((field) => `  ${field}`).join(",\n")}\n}\n`
}
