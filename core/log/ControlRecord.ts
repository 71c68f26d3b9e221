import { Reader, Writer } from "../bytes/index.ts"
import type { LogRecord } from "./Record.ts"
import { encodeBatch } from "./RecordBatch.ts"

/** How a transaction ended. */
export type ControlType = "abort" | "commit"

/**
 * Says how the transaction ended whose marker this record is; `undefined` for a marker of another kind, to be skipped.
 *
 * **Gotchas**
 *
 * Ask only for records of a batch whose header says `control`: in others the key is the application's.
 */
export const controlType = (record: LogRecord): ControlType | undefined => {
  if (record.key === null || record.key.length < 4) return undefined
  const key = new Reader(record.key)
  if (key.int16() !== 0) return undefined
  const type = key.int16()
  return type === 0 ? "abort" : type === 1 ? "commit" : undefined
}

/** The marker that a coordinator writes into each partition of a transaction when it ends. */
export interface ControlMarker {
  readonly type: ControlType
  readonly producerId: number
  readonly producerEpoch: number
  readonly coordinatorEpoch: number
  /** Milliseconds since the epoch. */
  readonly timestamp: number
}

/** Writes a transaction's marker as a control batch: one record, which takes one offset and no sequence number. */
export const encodeControlBatch = (marker: ControlMarker): Uint8Array => {
  const key = new Writer(4)
  key.int16(0)
  key.int16(marker.type === "abort" ? 0 : 1)
  const value = new Writer(6)
  value.int16(0)
  value.int32(marker.coordinatorEpoch)
  return encodeBatch([{ timestamp: marker.timestamp, key: key.finish(), value: value.finish(), headers: [] }], {
    control: true,
    transactional: true,
    producer: { id: marker.producerId, epoch: marker.producerEpoch, sequence: -1 }
  })
}
