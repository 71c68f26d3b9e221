import { isAfter, showBlock } from "../../../chain/index.ts"
import type { ChainInput } from "../../../chain/index.ts"
import { feed, note, recoverSessions } from "./Feed.ts"
import type { DiskWork, ScriptNode, World } from "./World.ts"

/** Does what a node asked of its disk, and tells it. */
export const finishWork = (world: World, node: ScriptNode, work: DiskWork, size?: number): void => {
  node.work = node.work.filter((each) => each !== work)
  doWork(world, node, work, size)
  feed(world, node, answerTo(node, work))
  if (work._tag === "InstallSnapshot") note(world, node, `the snapshot is in place`, true)
}

/** What scripts call the requests to a disk. */
export const workKinds: Readonly<Record<string, DiskWork["_tag"]>> = {
  write: "Persist",
  take: "TakeSnapshot",
  read: "ReadSnapshot",
  arrive: "WriteSnapshot",
  install: "InstallSnapshot"
}

/**
 * Does it without a word to the node, as when it crashes right behind it.
 *
 * **Details**
 *
 * A snapshot can be given another `size` than its own: it is so many empty bytes then, and what it says is looked up.
 */
export const doWork = (world: World, node: ScriptNode, work: DiskWork, size?: number): void => {
  const { disk } = node
  switch (work._tag) {
    case "Persist": {
      const { blocks, term, vote } = work
      const commit = isAfter(work.commit, disk.durable.commit) ? work.commit : disk.durable.commit
      disk.durable = { ...disk.durable, term, vote, commit, blocks: [...disk.durable.blocks, ...blocks] }
      return
    }
    case "TakeSnapshot": {
      const frozen = node.frozen.find(({ request }) => request === work.request)
      node.frozen = node.frozen.filter(({ request }) => request !== work.request)
      // The newest snapshot counts: an older one that is done late changes nothing.
      if ((disk.durable.snapshot?.block.counter ?? 0) >= work.snapshot.block.counter) return
      const bytes = frozen?.bytes ?? new Uint8Array(0)
      world.snapshots.set(showBlock(work.snapshot.block), bytes)
      disk.snapshot = size === undefined ? bytes : new Uint8Array(size)
      disk.durable = { ...disk.durable, snapshot: { ...work.snapshot, size: disk.snapshot.length } }
      return
    }
    case "ReadSnapshot":
      return
    case "WriteSnapshot": {
      const kept = work.offset === 0 ? new Uint8Array(0) : disk.aside
      disk.aside = new Uint8Array(work.offset + work.bytes.length)
      disk.aside.set(kept.subarray(0, work.offset))
      disk.aside.set(work.bytes, work.offset)
      return
    }
    case "InstallSnapshot":
      disk.snapshot = disk.aside
      disk.durable = { ...disk.durable, snapshot: { ...work.snapshot, size: disk.snapshot.length } }
      node.sessions = recoverSessions(world, node)
      node.applied = work.snapshot.block
      return
  }
}

const answerTo = (node: ScriptNode, work: DiskWork): ChainInput => {
  switch (work._tag) {
    case "Persist":
      return { _tag: "Persisted", write: work.write }
    case "TakeSnapshot":
      return { _tag: "SnapshotTaken", request: work.request, size: node.disk.snapshot.length }
    case "ReadSnapshot": {
      const { length, offset, request } = work
      return { _tag: "SnapshotRead", request, bytes: node.disk.snapshot.slice(offset, offset + length) }
    }
    case "WriteSnapshot":
      return { _tag: "SnapshotWritten", request: work.request }
    case "InstallSnapshot":
      return { _tag: "SnapshotInstalled", request: work.request }
  }
}

/** The disk says that it cannot. */
export const failWork = (world: World, node: ScriptNode, work: DiskWork): void => {
  node.work = node.work.filter((each) => each !== work)
  const detail = "the disk fails"
  const failed: ChainInput =
    work._tag === "Persist"
      ? { _tag: "PersistFailed", write: work.write, detail }
      : { _tag: "SnapshotFailed", request: work.request, detail }
  feed(world, node, failed)
}
