import { mutants } from "../../../simulate/index.ts"
import type { Ask } from "./Ask.ts"
import type { Outcome } from "./Outcome.ts"

/** The bugs that can be planted in a system, each with what is wrong with it; nothing is run. */
export const listMutants = ({ system }: Ask): Outcome => {
  const all = mutants[system].map(({ name, why }) => ({ name, why }))
  const width = Math.max(...all.map(({ name }) => name.length))
  return {
    text: all.map(({ name, why }) => `${name.padEnd(width)}  ${why}`).join("\n"),
    json: { scenario: system, mutants: all },
    bad: undefined
  }
}
