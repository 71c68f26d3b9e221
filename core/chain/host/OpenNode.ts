import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { Disk } from "../../ports/index.ts"
import { openNodeFolder, openRecordLog, openSnapshots, type RecordLogCut } from "../../storage/index.ts"
import { genesis } from "../Block.ts"
import { founding, foundersOf } from "../Changes.ts"
import { DamagedChain } from "../codec/DamagedChain.ts"
import { encodeRecord, segmentHead } from "../codec/RecordCodec.ts"
import { replay } from "../codec/Replay.ts"
import type { NodeOptions } from "../Node.ts"
import { NodeSnapshots } from "./NodeSnapshots.ts"

/** Where a node keeps its records and its snapshots, in its folder. */
const [recordsFolder, snapshotsFolder] = ["records", "snapshots"]

/** What is needed to open the folder of a node; `incarnation` is for a new one. */
export interface OpenNodeOptions extends Pick<NodeOptions<unknown>, "id" | "clusterId" | "members"> {
  readonly incarnation: number
  readonly segmentBytes: number
}

const logCut = ({ detail, file, position, size }: RecordLogCut): Effect.Effect<void> =>
  Effect.logInfo(`Cut ${size} bytes of ${file} from byte ${position} on, which no sync had covered: ${detail}.`)

/**
 * Opens the folder of a node, holds it until the scope closes, and gives what it has on its disk; makes it when it is empty.
 *
 * **Details**
 *
 * Who the node is becomes durable before it says anything to anybody: from then on its records have to be there, and who
 * has founded its cluster is what they say, and not what the options do.
 */
export const openNode = Effect.fnUntraced(function* (disk: Disk, options: OpenNodeOptions) {
  const { clusterId, id: nodeId, members, segmentBytes } = options
  const folder = yield* openNodeFolder(disk, { clusterId, nodeId, incarnation: options.incarnation })
  const { incarnation } = folder
  const opened = yield* openRecordLog(disk, { folder: recordsFolder, segmentBytes })
  if (opened.cut !== undefined) yield* logCut(opened.cut)
  const snapshots = new NodeSnapshots((yield* openSnapshots(disk, snapshotsFolder)).files)

  let { records } = opened
  if (folder.isNew && records.length === 0) {
    const first = { commit: genesis, term: 0, vote: 0 }
    records = segmentHead({ incarnation, initial: founding(members) }, first).map(encodeRecord)
    yield* opened.log.append({ records, mark: 0, preamble: () => [] })
  }
  const newest = snapshots.newest()
  if (Result.isFailure(newest)) return yield* newest.failure
  const replayed = replay(records, newest.success)
  if (Result.isFailure(replayed)) return yield* replayed.failure
  const durable = replayed.success
  if (durable.incarnation !== incarnation) {
    const detail = "it was written by another node than the folder belongs to"
    return yield* new DamagedChain({ reason: "OtherIdentity", record: 0, detail })
  }
  const founders = folder.isNew ? foundersOf(durable.initial) : folder.founders
  yield* folder.begin(founders)
  return { durable, founders, learnt: folder.begin, log: opened.log, snapshots }
})
