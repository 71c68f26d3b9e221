import * as Effect from "effect/Effect"
import type { SnapshotName } from "../Message.ts"

type Failure = { readonly message: string }

const none = Effect.fail<Failure>({ message: "no snapshots yet" })

/** The snapshots of a node. */
export class NodeSnapshots {
  keep(_snapshot: SnapshotName, _bytes: Uint8Array): Effect.Effect<void, Failure> {
    return none
  }
  read(_snapshot: SnapshotName, _offset: number, _length: number): Effect.Effect<Uint8Array, Failure> {
    return none
  }
  write(_snapshot: SnapshotName, _size: number, _offset: number, _bytes: Uint8Array): Effect.Effect<void, Failure> {
    return none
  }
  install(_snapshot: SnapshotName): Effect.Effect<Uint8Array, Failure> {
    return none
  }
}
