/** What a topic of journals does in a month; sizes are in bytes. */
interface Load {
  /** Events that are appended, how large one is, and how many of one journal come in one batch of the replicator. */
  readonly events: number
  readonly eventBytes: number
  readonly eventsPerJournalAndBatch: number
  /** Batches: one for each partition that has something new, some times a second while there is something to do. */
  readonly batches: number
  /** Recoveries of journals, and how many events one reads from the store. */
  readonly reads: number
  readonly eventsPerRead: number
}

/** Beside its payload an event's item has some 200 bytes. */
const itemBytes = ({ eventBytes }: Load): number => eventBytes + 200

/** Capacity for writing: each event, a head for each journal of a batch, and a pointer for each batch. */
const writeUnits = (load: Load): number =>
  load.events * Math.ceil(itemBytes(load) / 1024) + load.events / load.eventsPerJournalAndBatch + load.batches

/** Capacity for reading: the pointer before and after, the head, and each 4 KB of events. */
const readUnits = (load: Load): number => load.reads * (3 + Math.ceil((load.eventsPerRead * itemBytes(load)) / 4096))

/** Dollars for a million units: put those of your region in their place. */
const prices = { write: 0.625, read: 0.125 }

const costs = (name: string, load: Load): void => {
  const [writes, reads] = [writeUnits(load) / 1e6, readUnits(load) / 1e6]
  const dollars = writes * prices.write + reads * prices.read
  console.log(`${name}: ${writes.toFixed(1)} M WCU, ${reads.toFixed(1)} M RCU, ${dollars.toFixed(0)} dollars a month`)
}

const shop: Load = {
  events: 10e6,
  eventBytes: 500,
  eventsPerJournalAndBatch: 1,
  batches: 5e6,
  reads: 10e6,
  eventsPerRead: 40
}

costs("A shop, 4 events a second", shop)
costs("the same, every journal read whole", { ...shop, eventsPerRead: 400 })
costs("the same, but for what is new since the last read", { ...shop, eventsPerRead: 1 })
costs("events of 5 KB", { ...shop, eventBytes: 5000 })
costs("ten at once in each journal", { ...shop, eventsPerJournalAndBatch: 10, batches: 1e6 })
