import { array, boolean, int16, int32, int64, string, struct } from "../Field.ts"
import { message } from "../Message.ts"

/** Up to version 7 a partition's leader epoch is there from 5 on; later ones always have it. */
const partition = {
  partitionIndex: int32,
  committedOffset: int64,
  committedLeaderEpoch: int32.since(5).default(-1),
  metadata: string.nullable(),
  errorCode: int16
}

/**
 * Asks how far groups have consumed.
 *
 * **Details**
 *
 * ```
 * request  v0-1 groupId:string topics:[name:string partitionIndexes:[int32]]
 *          v2-5 groupId:string topics:[…]?
 *          v6   the same, flexible
 *          v7   … requireStable:boolean
 *          v8   groups:[groupId:string topics:[name:string partitionIndexes:[int32]]?] requireStable:boolean
 *          v9   each group groupId memberId:string? memberEpoch:int32 …
 * response v0-1 topics:[name:string
 *               partitions:[partitionIndex:int32 committedOffset:int64 metadata:string? errorCode:int16]]
 *          v2   … errorCode:int16
 *          v3-4 throttleTimeMs:int32 …
 *          v5   each partition … committedOffset committedLeaderEpoch:int32 …
 *          v6-7 the same, flexible
 *          v8-9 throttleTimeMs:int32 groups:[groupId:string topics:[name:string partitions:[…]] errorCode:int16]
 * ```
 *
 * **Gotchas**
 *
 * Null topics mean all that the group has offsets for. A partition without an offset has -1 and no error.
 */
export const OffsetFetch = message({
  name: "OffsetFetch",
  apiKey: 9,
  advertised: [0, 9],
  flexibleSince: 6,
  request: struct({
    groupId: string.until(7).default(""),
    topics: array(struct({ name: string, partitionIndexes: array(int32) }))
      .nullable(2)
      .until(7)
      .default([]),
    groups: array(
      struct({
        groupId: string,
        memberId: string.nullable().since(9).default(null),
        memberEpoch: int32.since(9).default(-1),
        topics: array(struct({ name: string, partitionIndexes: array(int32) })).nullable()
      })
    )
      .since(8)
      .default([]),
    requireStable: boolean.since(7).default(false)
  }),
  response: struct({
    throttleTimeMs: int32.since(3).default(0),
    topics: array(struct({ name: string, partitions: array(struct(partition)) }))
      .until(7)
      .default([]),
    errorCode: int16.since(2).until(7).default(0),
    groups: array(
      struct({
        groupId: string,
        topics: array(struct({ name: string, partitions: array(struct(partition)) })),
        errorCode: int16
      })
    )
      .since(8)
      .default([])
  })
})
