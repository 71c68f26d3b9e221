import type { Hunted } from "../../../simulate/index.ts"
import { secondsText } from "./Words.ts"

/** How wide the column of names is. */
export interface Column {
  readonly name: number
}

/** Invariants that are longer push the rest of their line to the right. */
const widestInvariant = 48

const row = (column: Column, cells: ReadonlyArray<string>): string => {
  const [name = "", seeds = "", seconds = "", faults = "", moves = "", chances = "", invariant = "", why = ""] = cells
  return [
    name.padEnd(column.name),
    seeds.padStart(6),
    seconds.padStart(8),
    faults.padStart(6),
    moves.padStart(5),
    chances.padStart(7),
    invariant.padEnd(widestInvariant),
    why
  ]
    .join("  ")
    .trimEnd()
}

/** A line of the table of planted bugs, or the first line, which says what the columns are. */
export const rowText = (column: Column, hunted?: Hunted): string => {
  if (hunted === undefined) {
    return row(column, ["mutant", "seeds", "seconds", "faults", "moves", "chances", "invariant", "why"])
  }
  const { broken, endless, mutant, seconds, seeds, shrunk, violated } = hunted
  const smallest = shrunk?.violated ?? violated
  const counts =
    smallest === undefined
      ? ["", "", ""]
      : [smallest.plan.faults, smallest.plan.moves, smallest.plan.chances].map(({ length }) => `${length}`)
  const none = broken !== undefined ? "NOT HUNTED" : endless === undefined ? "NOT FOUND" : "a run ends"
  const cells = [mutant.name, `${seeds}`, secondsText(seconds), ...counts, smallest?.invariant ?? none]
  return row(column, [...cells, broken ?? mutant.why])
}
