import { seedsFrom } from "../../../core/simulation/index.ts"
import type { Scenario } from "../../../core/simulation/index.ts"

/** Seeds that have found planted bugs which few seeds find. */
const knownSeeds: Readonly<Record<string, number>> = {
  "groups any-generation": 144,
  "groups commit-is-no-life": 155,
  "groups counted-before-stored": 68,
  "groups counts-once": 1381,
  "groups first-commit-passed-over": 66,
  "groups gone-sync-unanswered": 46,
  "groups grabbing": 58,
  "groups news-unheard": 61,
  "groups pending-uncounted": 41,
  "groups refused-taken-for-stored": 68,
  "groups static-in-any-phase": 1793,
  "groups static-sync-unanswered": 551,
  "groups static-twice": 147,
  "groups store-failure-overlooked": 68,
  "groups sync-is-no-life": 586,
  "groups unfenced": 64,
  "journal beginning-taken-back": 71,
  "journal dropped-one-too-early": 149,
  "journal heads-remembered-early": 46,
  "journal incarnation-ignored": 52,
  "journal interrupted-purge-taken-for-another-log": 234,
  "journal interrupted-write-taken-for-another-log": 51,
  "journal known-tail-stored-too-early": 79,
  "journal last-action-applied-again": 87,
  "journal late-answers-taken": 230,
  "journal lease-from-the-answer": 71,
  "journal look-before-asking-alone": 65,
  "journal own-deletes-lost": 156,
  "journal pointer-not-looked-at": 71,
  "journal purge-in-one-batch": 170,
  "journal purge-without-emptied-head": 1187,
  "journal redelivery-applied": 87,
  "journal removal-before-head": 276,
  "journal restless": 1095,
  "journal restore-unnoticed": 237,
  "journal summed-delete-beyond-last": 141,
  "journal tail-applied-twice": 640,
  "journal tail-order-lost": 1193,
  "journal unrepaired-delete": 100,
  "journal younger-events-trusted": 85,
  "lambda gap-ends-what-is-in-hand": 52,
  "lambda gap-measured-from-the-first": 52,
  "lambda kill-forgotten": 51,
  "lambda rest-given-up-too": 67,
  "lambda resumed-by-topic": 373,
  "lambda unfenced": 289,
  "log checkpoint-only-read": 241,
  "log closed-while-reading": 58,
  "log duplicates-without-end": 183,
  "log early-removal": 204,
  "log roll-beside-sync": 60,
  "log size-not-counted-down": 90,
  "log snapshot-without-name": 890,
  "log tail-only-read": 296,
  "log time-index-one-too-far": 445,
  "log trims-unanswered": 82,
  "log young-records-gone": 49
}

/** All seeds of a batch, where one is known that has found this bug before, that one first: most often no other is needed. */
export const seedsFor = (scenario: Scenario, mutant: string): ReadonlyArray<number> => {
  const known = knownSeeds[`${scenario.name} ${mutant}`]
  const all = seedsFrom(1, scenario.seeds)
  return known === undefined || known > scenario.seeds ? all : [known, ...all]
}
