import { ErrorCode, type ErrorName } from "../../protocol/index.ts"
import { storeImage } from "../ImageStore.ts"
import type { TopicFault } from "../Topics.ts"
import type { BrokerState } from "../BrokerState.ts"
import type { Call } from "../Call.ts"
import { codeIn } from "../KnownErrors.ts"

/**
 * Gives an idempotent producer its id.
 *
 * **Details**
 *
 * Transactions are not served: a transactional id is answered with `UNSUPPORTED_VERSION`, which clients take as final.
 */
export const handleInitProducerId = (broker: BrokerState, call: Call<"InitProducerId">): void => {
  const { producerEpoch, producerId, transactionalId } = call.body
  if (transactionalId === "" || (producerId === -1) !== (producerEpoch === -1)) {
    return refuse(broker, call, "INVALID_REQUEST")
  }
  if (transactionalId !== null) return refuse(broker, call, "UNSUPPORTED_VERSION")
  giveProducerId(broker, call)
}

/** Answers with the next id, or waits until more of them are set aside. */
const giveProducerId = (broker: BrokerState, call: Call<"InitProducerId">): void => {
  const id = broker.producerIds.take()
  if (id !== undefined) {
    return broker.reply(call, { errorCode: ErrorCode.NONE, producerId: id, producerEpoch: 0 })
  }
  broker.producerIds.reserve()
  storeImage(broker, { _tag: "InitProducerId", call })
}

/** More ids are set aside, or cannot be. */
export const producerIdsStored = (
  broker: BrokerState,
  call: Call<"InitProducerId">,
  fault: TopicFault | undefined
): void => (fault === undefined ? giveProducerId(broker, call) : refuse(broker, call, fault.error))

const refuse = (broker: BrokerState, call: Call<"InitProducerId">, error: ErrorName): void =>
  broker.reply(call, { errorCode: codeIn(call, error), producerId: -1, producerEpoch: -1 })
