import * as chain from "../../core/chain/index.ts"
import {
  groupsSubjects,
  journalSubjects,
  lambdaSubjects,
  logSubjects,
  makeChainScenario,
  makeGroupsScenario,
  makeJournalScenario,
  makeLambdaScenario,
  makeLogScenario,
  runScript
} from "../../core/scenarios/index.ts"
import { explore, seedsFrom } from "../../core/simulation/index.ts"
import type { Scenario } from "../../core/simulation/index.ts"
import { actionHeadersRead, batches, journalRecords, json, payloads, texts, wire } from "./CodecVectors.ts"
import { digestOf } from "./Digest.ts"
import { fold, mergedHeads, recovery } from "./JournalVectors.ts"

/** What the vectors are made of: how many seeds each system is simulated with, and the chain's stories by name. */
export interface Given {
  readonly seeds: number
  readonly stories: Readonly<Record<string, string>>
}

/** The digest of each part, by its name. */
export type Digests = Readonly<Record<string, string>>

const storyDigest = (text: string): string => {
  const told = runScript(chain, text)
  return `${told === text ? "as written" : "another story"} ${digestOf(told)}`
}

const simulated = (scenario: Scenario, seeds: number): unknown => {
  const { digest, events, virtualMs } = explore(scenario, seedsFrom(1, seeds))
  return { digest, events, virtualMs }
}

/**
 * The digests of what core computes: codecs, fold, heads, recovery, the chain's stories and every simulated system.
 *
 * **Details**
 *
 * No I/O, no clock and no chance: the same on every run-time, or core depends on where it runs.
 */
export const digestsOf = ({ seeds, stories }: Given): Digests => {
  const parts: Readonly<Record<string, () => unknown>> = {
    texts,
    json,
    "journal records": journalRecords,
    "action headers": actionHeadersRead,
    payloads,
    "record batches": batches,
    "wire protocol": wire,
    fold,
    "merged heads": mergedHeads,
    recovery,
    "chain stories": () => Object.entries(stories).map(([name, text]) => [name, storyDigest(text)]),
    "simulated chain": () => simulated(makeChainScenario(chain), seeds),
    "simulated journal": () => simulated(makeJournalScenario(journalSubjects), seeds),
    "simulated log": () => simulated(makeLogScenario(logSubjects), seeds),
    "simulated groups": () => simulated(makeGroupsScenario(groupsSubjects), seeds),
    "simulated lambda": () => simulated(makeLambdaScenario(lambdaSubjects), seeds)
  }
  return Object.fromEntries(Object.entries(parts).map(([name, compute]) => [name, digestOf(compute())]))
}
