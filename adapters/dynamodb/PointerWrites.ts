import * as Effect from "effect/Effect"
import type { WriteStep } from "../../core/ports/index.ts"
import { fencedPointer } from "../../core/store/index.ts"
import type { RequestFailure } from "./DynamoDbError.ts"
import { readPointer } from "./HeadReads.ts"
import type { Item } from "./Item.ts"
import { pointerKey } from "./Keys.ts"
import { unless } from "./TableRequests.ts"
import type { Condition, TableRequests } from "./TableRequests.ts"

/**
 * Moves a pointer from where the step says that it stands.
 *
 * **Details**
 *
 * The item names the write (`writeId`), so that a repeated request whose first answer was lost finds its own work done.
 */
export const putPointer = (
  requests: TableRequests,
  step: Extract<WriteStep, { readonly _tag: "PutPointer" }>
): Effect.Effect<void, RequestFailure> =>
  Effect.suspend(() => {
    const { offset, partition, previous, topic } = step
    const { pk, sk } = pointerKey(topic, partition)
    const writeId = { S: crypto.randomUUID() }
    const item: Item = { pk: { S: pk }, sk: { S: sk }, offset: { N: String(offset) }, writeId }
    const condition: Condition =
      previous === undefined
        ? { expression: "attribute_not_exists(pk) OR writeId = :writeId", values: { ":writeId": writeId } }
        : {
            expression: "#offset = :previous OR writeId = :writeId",
            names: { "#offset": "offset" },
            values: { ":writeId": writeId, ":previous": { N: String(previous) } }
          }
    const refuse = Effect.flatMap(readPointer(requests, "write", topic, partition), (actual) =>
      Effect.fail<RequestFailure>({ kind: "Refused", error: fencedPointer(step, actual) })
    )
    return unless(requests.put("write", item, condition), refuse)
  })
