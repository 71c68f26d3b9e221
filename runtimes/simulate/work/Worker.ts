import { parentPort } from "node:worker_threads"
import type { Scenario } from "../../../core/simulation/index.ts"
import { MutantRefused } from "../mutants/MutantRefused.ts"
import { plantedScenario, scenarioOf } from "../Systems.ts"
import { doJob } from "./DoJob.ts"
import type { Order, Subject, Told } from "./Job.ts"

// What Node warns of is for those who write programs.
process.removeAllListeners("warning")

let known: { readonly subject: Subject; readonly scenario: Scenario } | undefined

/** The scenario of a subject; that of the last one is kept. */
const scenarioFor = async (subject: Subject): Promise<Scenario> => {
  const { mutant, system } = subject
  if (known !== undefined && known.subject.system === system && known.subject.mutant === mutant) return known.scenario
  const scenario = mutant === undefined ? scenarioOf(system) : await plantedScenario(system, mutant)
  known = { subject, scenario }
  return scenario
}

const tell = (told: Told): void => parentPort?.postMessage(told)

/** What a person is told: a sentence where there is one, else where the error comes from. */
const messageOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error)
  return error instanceof MutantRefused ? error.message : (error.stack ?? error.message)
}

const obey = async ({ job, subject }: Order): Promise<void> => {
  try {
    const scenario = await scenarioFor(subject)
    const answer = doJob(scenario, job, (progress) => tell({ _tag: "Progress", progress }))
    tell({ _tag: "Answered", answer })
  } catch (error) {
    tell({ _tag: "Broken", message: messageOf(error) })
  }
}

parentPort?.on("message", (order: Order) => void obey(order))
