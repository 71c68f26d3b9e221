import type { Journal, JournalError } from "odradek/runtimes/promise"

const isJournalError = (error: unknown): error is JournalError =>
  error instanceof Error && (error as Partial<JournalError>)._tag === "JournalError"

/** Appends an event with its number, however often it has to be sent, and says whether it is the one that counts. */
export const appendOnce = async <A>(
  journal: Pick<Journal<A>, "append" | "read">,
  { id, payload, seqNr }: { readonly id: string; readonly payload: A; readonly seqNr: number }
): Promise<boolean> => {
  for (let attempt = 1; attempt <= 5; attempt++) {
    try {
      await journal.append([{ payload, seqNr }], { metadata: { id } })
    } catch (error) {
      if (!isJournalError(error)) throw error
      // Nothing was written, or nobody knows: the number lets it count once, whatever became of the one before.
      if (error.reason === "Unavailable" || error.reason === "Unknown") continue
      throw error
    }
    for await (const { metadata } of journal.read({ from: seqNr, to: seqNr })) {
      return (metadata as { readonly id?: string } | undefined)?.id === id
    }
  }
  throw new Error(`Nobody knows whether event ${seqNr} was appended: read the journal later.`)
}
