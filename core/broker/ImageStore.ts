import type { BrokerState } from "./BrokerState.ts"
import type { ImageWaiter } from "./Task.ts"
import type { TopicFault } from "./Topics.ts"

/** The broker's image on its way to the disk: one write at a time, and what changes meanwhile shares the next. */
export interface ImageStore {
  wanted: number
  /** The producer ids that the image under way sets aside; `undefined` when none is under way. */
  writing: number | undefined
  /** Why the image can no longer be written; what needs it is then refused. */
  fault: TopicFault | undefined
  readonly waiters: Array<{ readonly version: number; readonly waiter: ImageWaiter }>
}

/** Nothing to be written. */
export const makeImageStore = (): ImageStore => ({ wanted: 0, writing: undefined, fault: undefined, waiters: [] })

/** Has the image as it is now, or as it is when its turn comes, made durable, and tells `waiter` so. */
export const storeImage = (broker: BrokerState, waiter: ImageWaiter | undefined): void => {
  const store = broker.image
  if (store.fault !== undefined) {
    if (waiter !== undefined) broker.later({ _tag: "ImageSettled", waiter, fault: store.fault })
    return
  }
  store.wanted += 1
  if (waiter !== undefined) store.waiters.push({ version: store.wanted, waiter })
  if (store.writing === undefined) write(broker)
}

/** One write has ended: with it everything that it held is durable, or nothing ever will be. */
export const imageStored = (broker: BrokerState, version: number, message: string | undefined): void => {
  const store = broker.image
  if (message === undefined) {
    broker.producerIds.stored(store.writing ?? 0)
  } else {
    const sentence = `The list of topics cannot be written (${message}): topics stay as they are until a restart.`
    store.fault = { error: "KAFKA_STORAGE_ERROR", message: sentence }
    broker.outputs.push({ _tag: "Report", message: sentence })
  }
  store.writing = undefined
  const settled = store.fault === undefined ? store.waiters.filter((wait) => wait.version <= version) : store.waiters
  const { fault } = store
  for (const { waiter } of [...settled]) broker.later({ _tag: "ImageSettled", waiter, fault })
  const rest = fault === undefined ? store.waiters.filter((wait) => wait.version > version) : []
  store.waiters.splice(0, store.waiters.length, ...rest)
  if (fault === undefined && store.wanted > version) write(broker)
}

const write = (broker: BrokerState): void => {
  const image = broker.imageNow()
  broker.image.writing = image.nextProducerId
  broker.outputs.push({ _tag: "StoreImage", version: broker.image.wanted, image })
}
