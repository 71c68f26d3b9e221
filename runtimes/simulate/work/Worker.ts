import { parentPort } from "node:worker_threads"
import { MutantRefused } from "../mutants/MutantRefused.ts"
import { type Simulated, simulatedOf } from "../Systems.ts"
import { doJob } from "./DoJob.ts"
import type { Order, Subject, Told } from "./Job.ts"

// What Node warns of is for those who write programs.
process.removeAllListeners("warning")

let known: { readonly subject: Subject; readonly simulated: Simulated } | undefined

/** What a subject is; the last one is kept. */
const simulatedFor = async (subject: Subject): Promise<Simulated> => {
  const { mutant, system } = subject
  if (known?.subject.system === system && known.subject.mutant === mutant) return known.simulated
  const simulated = await simulatedOf(system, mutant)
  known = { subject, simulated }
  return simulated
}

const tell = (told: Told): void => parentPort?.postMessage(told)

/** What a person is told: a sentence where there is one, else where the error comes from. */
const messageOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error)
  return error instanceof MutantRefused ? error.message : (error.stack ?? error.message)
}

const obey = async ({ job, subject }: Order): Promise<void> => {
  try {
    const simulated = await simulatedFor(subject)
    const answer = doJob(simulated, job, (progress) => tell({ _tag: "Progress", progress }))
    tell({ _tag: "Answered", answer })
  } catch (error) {
    tell({ _tag: "Broken", message: messageOf(error) })
  }
}

parentPort?.on("message", (order: Order) => void obey(order))
