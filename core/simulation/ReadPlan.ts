import * as Data from "effect/Data"
import type { Plan } from "./Plan.ts"
import type { PlannedFault } from "./PlannedFault.ts"
import { words } from "./Prng.ts"
import type { Scenario } from "./Scenario.ts"

/** No plan, or none of a scenario; `field` is where, such as `faults[2].until`, and `message` says what is wrong there. */
export class PlanUnreadable extends Data.TaggedError("PlanUnreadable")<{
  readonly field: string
  readonly message: string
}> {}

type Check = (value: unknown, field: string) => void

type Fields = Readonly<Record<string, Check>>

const refuse = (field: string, expected: string): never => {
  const message = `${field === "" ? "The plan" : `The plan's ${field}`} must be ${expected}.`
  throw new PlanUnreadable({ field, message })
}

const seed: Check = (value, field) => {
  if (!Number.isSafeInteger(value) || Number(value) < 0 || Number(value) >= words) {
    refuse(field, `a whole number from 0 to ${words - 1}`)
  }
}

const wholeNumber: Check = (value, field) => {
  if (!Number.isSafeInteger(value)) refuse(field, "a whole number")
}

const time: Check = (value, field) => {
  if (!Number.isSafeInteger(value) || Number(value) < 0) refuse(field, "a whole number from 0 on")
}

const positive: Check = (value, field) => {
  if (!Number.isSafeInteger(value) || Number(value) < 1) refuse(field, "a whole number from 1 on")
}

const number: Check = (value, field) => {
  if (typeof value !== "number" || !Number.isFinite(value)) refuse(field, "a number")
}

const text: Check = (value, field) => {
  if (typeof value !== "string" || value === "") refuse(field, "a text that is not empty")
}

const flag: Check = (value, field) => {
  if (typeof value !== "boolean") refuse(field, "true or false")
}

const oneOf =
  (...names: ReadonlyArray<string>): Check =>
  (value, field) => {
    if (typeof value !== "string" || !names.includes(value)) refuse(field, `one of ${names.join(", ")}`)
  }

const listOf =
  (check: Check): Check =>
  (value, field) => {
    if (!Array.isArray(value)) return refuse(field, "a list")
    for (const [at, one] of value.entries()) check(one, `${field}[${at}]`)
  }

const link: Check = (value, field) => {
  if (typeof value !== "string" || !/^[^>]+>[^>]+$/.test(value)) refuse(field, 'two names of nodes, as "a>b"')
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const recordOf =
  (needed: Fields, optional: Fields = {}): Check =>
  (value, field) => {
    if (!isRecord(value)) return refuse(field, "a record")
    const at = (key: string): string => (field === "" ? key : `${field}.${key}`)
    for (const [key, check] of Object.entries(needed)) check(value[key], at(key))
    for (const [key, one] of Object.entries(value)) {
      if (Object.hasOwn(needed, key)) continue
      const check = Object.hasOwn(optional, key) ? optional[key] : undefined
      if (check === undefined)
        refuse(at(key), `left out: it is not one of ${Object.keys({ ...needed, ...optional }).join(", ")}`)
      else check(one, at(key))
    }
  }

const kindOfFault = { kind: text, at: time }
const inPhase = { phase: time }
const onLinks = { ...kindOfFault, links: listOf(link), until: time }
const atNode = { ...kindOfFault, node: text }

const faultChecks: Readonly<Record<PlannedFault["kind"], Check>> = {
  crash: recordOf(
    { ...atNode, power: flag, downMs: time },
    { ...inPhase, leader: flag, after: oneOf("effect", "output"), nth: positive }
  ),
  wipe: recordOf({ ...atNode, downMs: time }, inPhase),
  pause: recordOf({ ...atNode, until: time }, inPhase),
  "clock step": recordOf({ ...atNode, byMs: wholeNumber }, inPhase),
  "clock drift": recordOf({ ...atNode, perMille: wholeNumber, until: time }, inPhase),
  cut: recordOf(onLinks, { ...inPhase, shape: text }),
  clog: recordOf(onLinks, inPhase),
  slow: recordOf({ ...onLinks, addMs: time }, inPhase),
  burst: recordOf({ ...onLinks, of: oneOf("loss", "duplicate", "reorder"), percent: number }, inPhase),
  "sync fails": recordOf(atNode, inPhase),
  "disk full": recordOf({ ...atNode, until: time }, inPhase),
  rot: recordOf({ ...atNode, seed }, inPhase),
  misdirect: recordOf({ ...atNode, seed }, inPhase)
}

const fault: Check = (value, field) => {
  if (!isRecord(value)) return refuse(field, "a record")
  const { kind } = value
  const check = Object.entries(faultChecks).find(([known]) => known === kind)?.[1]
  if (check === undefined) refuse(`${field}.kind`, `one of ${Object.keys(faultChecks).join(", ")}`)
  else check(value, field)
}

const numbers: Check = (value, field) => {
  if (!isRecord(value)) return refuse(field, "a record")
  for (const [name, one] of Object.entries(value)) number(one, `${field}.${name}`)
}

const plan = recordOf(
  { scenario: text, seed },
  {
    knobs: numbers,
    moves: listOf(recordOf({ at: time, name: text, seed }, inPhase)),
    faults: listOf(fault),
    chances: listOf(recordOf({ stream: text, nth: time }))
  }
)

const isPlan = (value: unknown): value is Plan => {
  plan(value, "")
  return true
}

const readJson = (json: string): unknown => {
  try {
    return JSON.parse(json)
  } catch (error) {
    throw new PlanUnreadable({ field: "", message: `The plan is no JSON: ${String(error)}.` })
  }
}

/**
 * Reads a plan from its JSON, and throws {@link PlanUnreadable} where it is none: a field that a plan does not have is
 * refused too, as it is most likely misspelt.
 */
export const readPlan = (json: string): Plan => {
  const value = readJson(json)
  if (isPlan(value)) return value
  return refuse("", "a plan")
}

/**
 * Throws {@link PlanUnreadable} where a plan is of another scenario, or turns a knob that this one does not have: it would
 * be run as if that had never been said.
 */
export const checkPlan = (scenario: Scenario, plan: Plan): void => {
  if (plan.scenario !== scenario.name) refuse("scenario", `${scenario.name}, which is to run it, not ${plan.scenario}`)
  seed(plan.seed, "seed")
  // Every scenario has this one.
  const known = ["shuffle", ...Object.keys(scenario.knobs)]
  for (const [name, value] of Object.entries(plan.knobs ?? {})) {
    if (!known.includes(name)) refuse(`knobs.${name}`, `left out: ${scenario.name} has the knobs ${known.join(", ")}`)
    number(value, `knobs.${name}`)
  }
}

/**
 * Throws {@link PlanUnreadable} where a plan turns a knob further than its scenario does, or in parts where that does not:
 * no seed gives such a run, and what the scenario makes of it nobody has thought of.
 *
 * **When to use**
 *
 * For a plan that comes from outside, after {@link checkPlan}. A program that knows the scenario may go further with
 * `runPlan`.
 */
export const checkKnobs = (scenario: Scenario, plan: Plan): void => {
  for (const [name, values] of Object.entries({ shuffle: [0, 1], ...scenario.knobs })) {
    const value = plan.knobs?.[name]
    if (value === undefined) continue
    const [least, greatest] = [Math.min(...values), Math.max(...values)]
    const isWhole = values.every((one) => Number.isSafeInteger(one))
    if (value >= least && value <= greatest && (!isWhole || Number.isSafeInteger(value))) continue
    refuse(`knobs.${name}`, `a ${isWhole ? "whole number" : "number"} from ${least} to ${greatest}`)
  }
}
