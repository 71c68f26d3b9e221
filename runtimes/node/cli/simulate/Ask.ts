import { readFileSync } from "node:fs"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import { checkKnobs, checkPlan, type Plan, PlanUnreadable, readPlan } from "../../../../core/simulation/index.ts"
import { defaultWorkers, type Mutant, mutants, scenarioOf, type MutantSystem } from "../../../simulate/index.ts"
import { nearNames } from "../../NearNames.ts"
import { shellWord } from "../ShellWord.ts"
import { UseError } from "../UseError.ts"

/** What the parser has found. */
export interface SimulateInput {
  readonly system: MutantSystem
  readonly seed: Option.Option<number>
  readonly seeds: Option.Option<number>
  readonly minutes: Option.Option<number>
  readonly mutant: Option.Option<string>
  readonly plan: Option.Option<string>
  readonly shrink: Option.Option<boolean>
  readonly trace: Option.Option<string>
  readonly out: Option.Option<string>
  readonly workers: Option.Option<number>
  readonly json: boolean
  readonly quiet: boolean
}

/** What is wanted in any case. `trace` is the file of a drawing, `out` the folder for plans and scripts. */
export interface Wanted {
  readonly system: MutantSystem
  readonly workers: number
  readonly shrink: boolean
  readonly trace: string | undefined
  readonly out: string | undefined
  readonly json: boolean
  readonly quiet: boolean
}

/** Which seeds; `minutes` bounds the time. */
export interface Seeds {
  readonly first: number
  readonly seeds: number
  readonly minutes: number | undefined
}

/** What is asked for: seeds, a plan again, or planted bugs, or only their names. `mutant` is planted while a plan runs. */
export type Ask =
  | (Wanted & Seeds & { readonly _tag: "Batch" })
  | (Wanted & { readonly _tag: "Replay"; readonly plan: Plan; readonly file: string; readonly mutant?: Mutant })
  | (Wanted & Seeds & { readonly _tag: "Hunt"; readonly mutant: Mutant })
  | (Wanted & Seeds & { readonly _tag: "HuntAll" })
  | (Wanted & { readonly _tag: "List" })

/** Seeds are numbers of 32 bits, and this many are more than anybody waits for. */
const [greatestSeed, endlessly, mostWorkers] = [0xffffffff, 0x7fffffff, 512]

class Refused extends Error {}

const refuse = (message: string): never => {
  throw new Refused(message)
}

const wholeIn = (flag: string, given: Option.Option<number>, least: number, most: number): number | undefined => {
  const value = Option.getOrUndefined(given)
  if (value === undefined || (value >= least && value <= most)) return value
  return refuse(`--${flag} is ${value}: give a whole number from ${least} to ${most}.`)
}

const seedsOf = (input: SimulateInput): Seeds => {
  const seed = wholeIn("seed", input.seed, 0, greatestSeed)
  const count = wholeIn("seeds", input.seeds, 1, endlessly)
  const minutes = Option.getOrUndefined(input.minutes)
  if (minutes !== undefined && minutes <= 0) refuse(`--minutes is ${minutes}: give a number above 0.`)
  const first = seed ?? 1
  const left = greatestSeed - first + 1
  if (count !== undefined && count > left) {
    refuse(`There is no seed above ${greatestSeed}: give --seeds ${left} at most from --seed ${first} on.`)
  }
  const usual = minutes !== undefined ? endlessly : seed === undefined ? scenarioOf(input.system).seeds : 1
  return { first, seeds: count ?? Math.min(usual, left), minutes }
}

const mutantOf = (system: MutantSystem, name: string): Mutant => {
  const found = mutants[system].find((one) => one.name === name)
  if (found !== undefined) return found
  const near = nearNames(
    name,
    mutants[system].map((one) => one.name)
  )
  const list = `\`odradek simulate ${system} --mutant list\` lists them`
  const meant = near.length === 0 ? list : near.length === 1 ? `near is ${near[0]}` : `near are ${near.join(", ")}`
  return refuse(`No bug ${name} can be planted in ${system}: ${meant}.`)
}

const planOf = (system: MutantSystem, file: string): Plan => {
  let json: string
  try {
    json = readFileSync(file, "utf8")
  } catch (error) {
    const why = error instanceof Error && "code" in error ? String(error.code) : String(error)
    return refuse(`The plan ${file} cannot be read (${why}): plans are written beside a failure, here or in --out DIR.`)
  }
  try {
    const plan = readPlan(json)
    if (plan.scenario !== system) {
      refuse(
        `${file} is a plan of ${plan.scenario}: run it with \`odradek simulate ${plan.scenario} --plan ${shellWord(file)}\`.`
      )
    }
    checkPlan(scenarioOf(system), plan)
    checkKnobs(scenarioOf(system), plan)
    return plan
  } catch (error) {
    if (error instanceof PlanUnreadable) return refuse(`${file}: ${error.message}`)
    throw error
  }
}

const askFor = (input: SimulateInput): Ask => {
  const { json, quiet, system } = input
  const [file, name, trace] = [input.plan, input.mutant, input.trace].map(Option.getOrUndefined)
  const wanted: Wanted = {
    system,
    workers: wholeIn("workers", input.workers, 1, mostWorkers) ?? defaultWorkers(),
    shrink: Option.getOrElse(input.shrink, () => file === undefined),
    trace,
    out: Option.getOrUndefined(input.out),
    json,
    quiet
  }
  const isSeeded = [input.seed, input.seeds, input.minutes].some(Option.isSome)
  if (file !== undefined) {
    if (isSeeded) refuse("A plan has its seed: give --plan without --seed, --seeds and --minutes.")
    if (name === "all" || name === "list") refuse("Give one planted bug with --plan, by its name.")
    const planted = name === undefined ? {} : { mutant: mutantOf(system, name) }
    return { ...wanted, _tag: "Replay", plan: planOf(system, file), file, ...planted }
  }
  if (name === "list") {
    if (isSeeded || trace !== undefined)
      refuse("--mutant list runs nothing: leave --seed, --seeds, --minutes and --trace out.")
    return { ...wanted, _tag: "List" }
  }
  const seeds = seedsOf(input)
  if (name === undefined) return { ...wanted, ...seeds, _tag: "Batch" }
  if (name !== "all") return { ...wanted, ...seeds, _tag: "Hunt", mutant: mutantOf(system, name) }
  if (trace !== undefined) refuse("--trace draws one run: name one planted bug with --mutant.")
  return { ...wanted, ...seeds, _tag: "HuntAll" }
}

/** What is asked for, or what is wrong with it. */
export const readAsk = (input: SimulateInput): Result.Result<Ask, UseError> => {
  try {
    return Result.succeed(askFor(input))
  } catch (error) {
    if (error instanceof Refused) return Result.fail(new UseError({ message: error.message }))
    throw error
  }
}
