import type { CompressionTypes } from "kafkajs"
import { codecId, type Compression } from "../../core/log/index.ts"
import type { KafkaJs } from "./KafkaJsModule.ts"

/** kafkajs writes the low three bits of a codec's number into batches, and finds the codec by the whole number. */
const step = 8

const numbers = new WeakMap<Compression["compress"], number>()
let last = 0

/**
 * Gives kafkajs a codec, and the number by which a send names it.
 *
 * **Details**
 *
 * kafkajs has one table of codecs for the whole process. The number is one of our own, so that the codecs which the rest
 * of the program has put there stay as they are.
 */
export const codecNumber = ({ CompressionCodecs }: KafkaJs, { codec, compress }: Compression): CompressionTypes => {
  if (codec === "none") return codecId(codec)
  const known = numbers.get(compress)
  if (known !== undefined) return known
  last += step
  const number = last + codecId(codec)
  numbers.set(compress, number)
  const table: Record<number, unknown> = CompressionCodecs
  table[number] = () => ({
    compress: ({ buffer }: { readonly buffer: Buffer }) => {
      const { buffer: memory, byteOffset, length } = compress(buffer)
      return Promise.resolve(Buffer.from(memory, byteOffset, length))
    }
  })
  return number
}
