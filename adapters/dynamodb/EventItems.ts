import { joinedBytes } from "../../core/bytes/index.ts"
import type { EventRecord, JournalKey } from "../../core/ports/index.ts"
import { decodeBody, encodeBody } from "./EventBody.ts"
import type { FoundItem, Item } from "./Item.ts"
import { eventPlace, eventSortKey, eventsOf, incarnationOf } from "./Keys.ts"

/**
 * How many bytes of an event one item holds. DynamoDB refuses an item of more than 400 KB, counting the names and values
 * of all attributes; the key and the names take less than 4 KB.
 */
export const partLength = 390 * 1024

/**
 * The items that hold an event: one, and for a large event more, in their order.
 *
 * **Details**
 *
 * The first item says in `size` how many bytes the parts have together. An event is there when its first item is, so
 * that the first is to be written after the others and removed before them.
 */
export const itemsOf = (key: JournalKey, recordId: string, event: EventRecord): ReadonlyArray<Item> => {
  const pk = eventsOf(key)
  const incarnation = incarnationOf(recordId)
  const body = encodeBody(event)
  const parts = Math.max(1, Math.ceil(body.length / partLength))
  return Array.from({ length: parts }, (_, part): Item => ({
    pk: { S: pk },
    sk: { S: eventSortKey({ seqNr: event.seqNr, incarnation, part }) },
    body: { B: body.subarray(part * partLength, (part + 1) * partLength) },
    ...(part === 0 ? { size: { N: String(body.length) } } : {})
  }))
}

/** Whether an item, or the key of one, is the first of an event. */
export const isFirst = ({ sk }: FoundItem): boolean => eventPlace(sk?.S ?? "")?.part === 0

/** An event whose parts are being collected. */
interface Collecting {
  readonly seqNr: number
  readonly sk: string
  readonly size: number
  readonly parts: Array<Uint8Array>
  length: number
}

/** An event that a read found, or the sort key of the first part of one whose other parts were not there. */
export type Found =
  | { readonly _tag: "Event"; readonly event: EventRecord }
  | { readonly _tag: "Torn"; readonly seqNr: number; readonly sk: string }

/**
 * Makes events of their items, which come in the order of their keys, in any number of pages.
 *
 * **Details**
 *
 * Only items of `incarnation` count, where one is given. Parts without a first part are passed over: the event that
 * they belong to is being written, or was replaced by a shorter one. Decoding throws as `decodeBody` does.
 */
export class EventCollector {
  readonly #incarnation: string | undefined
  #collecting: Collecting | undefined
  #place: { readonly seqNr: number; readonly incarnation: string } | undefined

  constructor(incarnation: string | undefined) {
    this.#incarnation = incarnation
  }

  /** Whether parts of the last event are still to come. */
  get isWaiting(): boolean {
    return this.#collecting !== undefined
  }

  add(items: ReadonlyArray<FoundItem>): ReadonlyArray<Found> {
    const found: Array<Found> = []
    for (const item of items) this.#take(item, found)
    return found
  }

  /** What is left when no items follow. */
  end(): ReadonlyArray<Found> {
    const torn = this.#collecting
    this.#collecting = undefined
    return torn === undefined ? [] : [{ _tag: "Torn", seqNr: torn.seqNr, sk: torn.sk }]
  }

  #take(item: FoundItem, found: Array<Found>): void {
    const sk = item["sk"]?.S ?? ""
    const place = eventPlace(sk)
    const body = item["body"]?.B
    if (place === undefined || body === undefined) throw new TypeError(`item ${JSON.stringify(sk)} is no event's`)
    if (this.#incarnation !== undefined && place.incarnation !== this.#incarnation) return
    if (place.part === 0) {
      found.push(...this.end())
      const size = Number(item["size"]?.N)
      if (!Number.isSafeInteger(size)) throw new TypeError("attribute size is no integer")
      this.#place = place
      this.#collecting = { seqNr: place.seqNr, sk, size, parts: [], length: 0 }
    }
    const collecting = this.#collecting
    const isNext =
      collecting !== undefined &&
      place.seqNr === this.#place?.seqNr &&
      place.incarnation === this.#place.incarnation &&
      place.part === collecting.parts.length
    if (!isNext) return
    collecting.parts.push(body)
    collecting.length += body.length
    if (collecting.length < collecting.size) return
    this.#collecting = undefined
    if (collecting.length > collecting.size) throw new TypeError("the parts have more bytes than the first says")
    found.push({ _tag: "Event", event: decodeBody(place.seqNr, joinedBytes(collecting.parts)) })
  }
}
