import * as Data from "effect/Data"
import * as Result from "effect/Result"
import { crc32c, type DecodeError, decodeWith, encodeUtf8, Reader, Writer } from "../bytes/index.ts"
import type { Topic } from "./Topics.ts"

/**
 * What a broker has to remember besides the partitions' logs.
 *
 * **Details**
 *
 * A topic that is still being created is in it once its partitions are there, and is read back as online. Producer ids below `nextProducerId` may have been given out.
 */
export interface BrokerImage {
  readonly nextProducerId: number
  readonly topics: ReadonlyArray<Topic>
}

/** The image of a broker that has just been set up. */
export const emptyImage: BrokerImage = { nextProducerId: 0, topics: [] }

/** The file in which the image lies, and the one that is written first and then takes its place. */
export const imageFile = "broker.meta"
export const imageDraftFile = "broker.meta.new"

const magic = 0x4f44_424d
const formatVersion = 1

/** The broker's own file cannot be read: nothing is served until a person has looked at it. */
export class ImageDamaged extends Data.TaggedError("ImageDamaged")<{
  readonly reason: "Checksum" | "Format" | "Missing" | "Version"
  readonly file: string
  readonly detail: string
}> {
  override get message(): string {
    return `The list of topics in ${this.file} cannot be read (${this.detail}): restore the file from a backup, the topics' folders are untouched.`
  }
}

const damaged = (reason: ImageDamaged["reason"], detail: string): Result.Result<never, ImageDamaged> =>
  Result.fail(new ImageDamaged({ reason, file: imageFile, detail }))

const writeText = (out: Writer, text: string): void => {
  const bytes = encodeUtf8(text)
  out.unsignedVarint(bytes.length)
  out.bytes(bytes)
}

const readText = (reader: Reader): string => reader.utf8(reader.unsignedVarint())

/**
 * Writes an image.
 *
 * **Details**
 *
 * ```
 * magic:int32 version:int16 nextProducerId:int64 topics:[name id:uuid partitions:int32 deleting:boolean
 * configs:[name value]] crc:uint32
 * ```
 *
 * Counts and lengths are unsigned varints; the CRC-32C covers all that is before it.
 */
export const encodeImage = (image: BrokerImage): Uint8Array => {
  const out = new Writer(1024)
  out.int32(magic)
  out.int16(formatVersion)
  out.int64(image.nextProducerId)
  out.unsignedVarint(image.topics.length)
  for (const topic of image.topics) {
    writeText(out, topic.name)
    out.uuid(topic.id)
    out.int32(topic.partitions)
    out.boolean(topic.status === "deleting")
    out.unsignedVarint(topic.configs.size)
    for (const [name, value] of topic.configs) {
      writeText(out, name)
      writeText(out, value)
    }
  }
  out.uint32(crc32c(out.finish()))
  return out.finish()
}

const readTopic = (reader: Reader): Topic => {
  const name = readText(reader)
  const id = reader.uuid()
  const partitions = reader.int32()
  const deleting = reader.boolean()
  const configs = new Map<string, string>()
  for (let left = reader.count(reader.unsignedVarint(), 2); left > 0; left--) {
    const key = readText(reader)
    configs.set(key, readText(reader))
  }
  return { name, id, partitions, configs, status: deleting ? "deleting" : "online" }
}

/** Reads an image that {@link encodeImage} wrote. */
export const decodeImage = (bytes: Uint8Array): Result.Result<BrokerImage, ImageDamaged> => {
  if (bytes.length < 10) return damaged("Format", `it has only ${bytes.length} bytes`)
  const end = bytes.length - 4
  const read: Result.Result<Result.Result<BrokerImage, ImageDamaged>, DecodeError> = decodeWith(() => {
    const reader = new Reader(bytes, 0, end)
    if (reader.int32() !== magic) return damaged("Format", "it does not begin as such a file does")
    if (new Reader(bytes, end).uint32() !== crc32c(bytes, 0, end)) return damaged("Checksum", "its checksum is wrong")
    const version = reader.int16()
    if (version !== formatVersion) return damaged("Version", `its format has version ${version}`)
    const nextProducerId = reader.int64()
    const topics: Array<Topic> = []
    for (let left = reader.count(reader.unsignedVarint(), 20); left > 0; left--) topics.push(readTopic(reader))
    reader.end()
    return Result.succeed({ nextProducerId, topics })
  })
  return Result.isFailure(read) ? damaged("Format", read.failure.message) : read.success
}
