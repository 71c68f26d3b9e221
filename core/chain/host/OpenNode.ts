import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { Disk } from "../../ports/index.ts"
import { openRecordLog, type RecordLog } from "../../storage/index.ts"
import { genesis } from "../Block.ts"
import type { Durable } from "../ChainSettings.ts"
import { encodeRecord, segmentHead } from "../codec/RecordCodec.ts"
import { replay } from "../codec/Replay.ts"
import type { Member } from "../Configuration.ts"
import { NodeSnapshots } from "./NodeSnapshots.ts"

/** Where a node keeps its records, in its folder. */
const recordsFolder = "records"

/** What a node had on its disk, and what it goes on with. */
export interface OpenedNode {
  readonly durable: Durable
  readonly log: RecordLog
  readonly snapshots: NodeSnapshots
}

/** Opens the folder of a node, and makes it when it is empty. */
export const openNode = Effect.fnUntraced(function* (
  disk: Disk,
  options: { readonly members: ReadonlyArray<Member>; readonly incarnation: number }
) {
  yield* disk.lock
  const { cut, log, records } = yield* openRecordLog(disk, { folder: recordsFolder })
  if (cut !== undefined) {
    const { detail, file, position, size } = cut
    yield* Effect.logInfo(
      `Cut ${size} bytes of ${file} from byte ${position} on, which no sync had covered: ${detail}.`
    )
  }
  if (records.length === 0) {
    const identity = { incarnation: options.incarnation, initial: { members: options.members } }
    const head = segmentHead(identity, { commit: genesis, term: 0, vote: 0 }).map(encodeRecord)
    yield* log.append({ records: head, mark: 0, preamble: () => [] })
    const durable: Durable = { ...identity, term: 0, vote: 0, commit: genesis, blocks: [] }
    return { durable, log, snapshots: new NodeSnapshots() }
  }
  const replayed = replay(records, undefined)
  if (Result.isFailure(replayed)) return yield* replayed.failure
  return { durable: replayed.success, log, snapshots: new NodeSnapshots() }
})
