import { shownText } from "../../bytes/index.ts"
import type { JournalHead, JournalKey } from "../../ports/index.ts"
import { JournalError } from "../model/JournalError.ts"

/**
 * Says that a journal's key belongs to another partition than the one that its records are in.
 *
 * **Details**
 *
 * The partition of a key follows from the number of partitions, so that a topic which has grown sends most journals
 * elsewhere. Records of one journal in two partitions have no order, and offsets of one say nothing about the other: what
 * was written to the new partition would be taken for replicated already, or be numbered anew. So it is refused, by
 * writers, readers and replicators, as soon as one of them can tell.
 */
export const movedJournal = (key: JournalKey, from: number, to: number): JournalError =>
  refused(
    key,
    to,
    `Journal ${shownText(key.id)} is in partition ${from} of ${key.topic}, and its key now belongs to ${to}: ` +
      "the topic has got other partitions, which a topic of journals must not; copy the journals to a new topic."
  )

const refused = (key: JournalKey, partition: number, message: string): JournalError =>
  new JournalError({ reason: "Refused", ...key, partition, message })

/**
 * Why a head that the store has is of no use in this partition; `undefined` where it is. Whether the topic has grown, or
 * the store is of another topic of this name, a head does not tell.
 */
export const movedHead = (
  key: JournalKey,
  partition: number,
  head: JournalHead | undefined
): JournalError | undefined =>
  head === undefined || head.partition === partition
    ? undefined
    : refused(
        key,
        partition,
        `Journal ${shownText(key.id)} is in partition ${head.partition} of ${key.topic} by the store, and its key now ` +
          `belongs to ${partition}: the topic has got other partitions, which a topic of journals must not, or it is the store of ` +
          "another log, such as a topic that was deleted and made again; copy the journals to a new topic, or name the store of this log."
      )
