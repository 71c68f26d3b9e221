import * as Data from "effect/Data"

/**
 * The newest snapshot of a node is not what was written: no crash does that.
 *
 * **Details**
 *
 * `file` is a path on the disk of the node. Nothing was changed: the files are as they were found.
 */
export class SnapshotDamaged extends Data.TaggedError("SnapshotDamaged")<{
  readonly file: string
  readonly detail: string
}> {
  override get message(): string {
    return `The snapshot in "${this.file}" is damaged: ${this.detail}. The node must not go on, since it has let go of what the snapshot stands for: take it out of the cluster, and put a node with a new id and an empty folder in its place.`
  }
}
