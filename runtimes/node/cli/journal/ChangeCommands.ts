import * as Effect from "effect/Effect"
import { sayDone, sayOut } from "../Output.ts"
import { waitingFor, withProgress } from "../Progress.ts"
import { UseError } from "../UseError.ts"
import { openExisting } from "./OpenJournals.ts"
import type { EntityInput } from "./OpenJournals.ts"
import { wrongSeqNr } from "./WrongSeqNr.ts"

/** A command that takes something away, and does so only when it is told that this is meant. */
export interface RemovalInput extends EntityInput {
  readonly yes: boolean
}

const unconfirmed = (what: string): UseError =>
  new UseError({
    message: `Nothing was done: ${what} for every reader and cannot be undone, so confirm it with --yes.`
  })

/** Deletes a journal's first events. */
export const runDelete = Effect.fnUntraced(function* (input: RemovalInput & { readonly to: number }) {
  const { id, json, quiet, to, topic, yes } = input
  const wrong = wrongSeqNr("--to", to)
  if (wrong !== undefined) return yield* new UseError({ message: wrong })
  if (!yes) return yield* unconfirmed(`events up to ${to} of journal ${JSON.stringify(id)} would be gone`)
  const journals = yield* openExisting(input)
  const place = yield* withProgress({ silent: json || quiet }, (doing) => {
    doing(waitingFor(`deleting events of journal ${JSON.stringify(id)}`))
    return journals.journal(id).delete(to)
  })
  if (place === undefined) {
    const nothing = `nothing to delete: journal ${JSON.stringify(id)} has no events`
    return yield* sayOut(json ? JSON.stringify({ topic, id, to }) : nothing)
  }
  const { offset, partition } = place
  const by = `by ${topic}-${partition} @ ${offset}`
  yield* sayDone(
    json ? JSON.stringify({ topic, id, to, partition, offset }) : `deleted up to ${to} ${by}`,
    `the events up to ${to} are deleted, ${by}: do not delete them again`
  )
})

/** Forgets a journal. */
export const runPurge = Effect.fnUntraced(function* (input: RemovalInput) {
  const { id, json, quiet, topic, yes } = input
  if (!yes) return yield* unconfirmed(`journal ${JSON.stringify(id)} would be gone, numbers included,`)
  const journals = yield* openExisting(input)
  const { offset, partition } = yield* withProgress({ silent: json || quiet }, (doing) => {
    doing(waitingFor(`purging journal ${JSON.stringify(id)}`))
    return journals.journal(id).purge
  })
  const by = `by ${topic}-${partition} @ ${offset}`
  yield* sayDone(
    json ? JSON.stringify({ topic, id, partition, offset }) : `purged ${by}`,
    `the journal is purged, ${by}: do not purge it again`
  )
})
