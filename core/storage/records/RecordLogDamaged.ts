import * as Data from "effect/Data"

/**
 * A record log lacks, or has changed in, what is known to have been synced: no crash does that.
 *
 * **Details**
 *
 * `file` is a path on the disk of the node, and `position` the byte in it where it shows. Nothing was changed: the files
 * are as they were found.
 */
export class RecordLogDamaged extends Data.TaggedError("RecordLogDamaged")<{
  readonly file: string
  readonly position: number
  readonly detail: string
}> {
  override get message(): string {
    const { detail, file, position } = this
    return `The record log is damaged in "${file}" at byte ${position}: ${detail}. The node must not go on, since it has lost what it has promised to others: take it out of the cluster, and put a node with a new id and an empty folder in its place.`
  }
}
