import type { CompletePlan } from "../../../../core/simulation/index.ts"
import { counted } from "../doctor/Words.ts"

/** Units of virtual time, the greatest first, in milliseconds. */
const units = [
  ["year", 31_557_600_000],
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["second", 1000]
] as const

/** Virtual time as a person says it: `1.4 virtual years`. */
export const virtualText = (ms: number): string => {
  const [unit, length] = units.find(([, least]) => ms >= 0.1 * least) ?? ["second", 1000]
  const value = ms / length
  return `${value < 100 ? Number(value.toPrecision(2)) : Math.round(value)} virtual ${unit}s`
}

/** Millions a second. */
export const rateText = (events: number, seconds: number): string =>
  `${(events / 1e6 / Math.max(seconds, 0.001)).toFixed(2)} M/s`

/** Seconds, as short as they are told apart. */
export const secondsText = (seconds: number): string => (seconds < 10 ? seconds.toFixed(1) : seconds.toFixed(0))

/** What a plan has in it beside its knobs. */
export const planText = ({ chances, faults, moves }: CompletePlan): string =>
  `${counted(faults.length, "fault")}, ${counted(moves.length, "move")} and ${counted(chances.length, "chance")}`

/** The middle one of these numbers. */
export const median = (values: ReadonlyArray<number>): number =>
  values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) / 2)] ?? 0
