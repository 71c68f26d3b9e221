import { DecodeError, EncodeError, utf8Length, Writer } from "../bytes/index.ts"
import type { Reader } from "../bytes/index.ts"
import { defaultOf, isDefault } from "./Field.ts"
import type { AnyField, Field, Presence } from "./Field.ts"

/** Reads and writes a value in the layout of one version; both directions throw, `DecodeError` and `EncodeError`. */
export interface Codec<A, I = A> {
  /** The fewest bytes that a value can take, at least 1: what a claimed count is held against. */
  readonly minSize: number
  decode(reader: Reader): A
  encode(writer: Writer, value: I): void
}

type Untyped = Codec<unknown>

/** How lengths and counts are written, and whether structs end with tagged fields. */
type Encoding = { readonly version: number; readonly flexible: boolean }

/** A string longer than this is refused in both encodings, as Kafka does. */
const maxStringLength = 0x7fff

const invalid = (what: string, detail: string): EncodeError => new EncodeError({ reason: "InvalidValue", what, detail })

const within = (error: unknown, container: string): unknown =>
  error instanceof DecodeError || error instanceof EncodeError ? error.within(container) : error

const isIn = (presence: Presence, version: number): boolean => version >= presence.since && version <= presence.until

/** A length or count as it stands on the wire, with -1 for null. */
interface Prefix {
  readonly size: number
  readonly read: (reader: Reader) => number
  readonly write: (writer: Writer, length: number) => void
}

const compact: Prefix = {
  size: 1,
  read: (reader) => reader.unsignedVarint() - 1,
  write: (writer, length) => writer.unsignedVarint(length + 1)
}
const wide: Prefix = {
  size: 4,
  read: (reader) => reader.int32(),
  write: (writer, length) => writer.int32(length)
}
const narrow: Prefix = {
  size: 2,
  read: (reader) => reader.int16(),
  write: (writer, length) => writer.int16(length)
}

/** Puts null and the length in front of a value whose length is known before it is written. */
const prefixed = <A>(options: {
  readonly prefix: Prefix
  readonly nullable: boolean
  readonly what: string
  readonly decode: (reader: Reader, length: number) => A
  readonly check: (value: unknown) => value is A
  readonly length: (value: A) => number
  readonly encode: (writer: Writer, value: A) => void
}): Untyped => {
  const { prefix, nullable, what } = options
  return {
    minSize: prefix.size,
    decode: (reader) => {
      const start = reader.position
      const length = prefix.read(reader)
      if (length >= 0) return options.decode(reader, length)
      if (length === -1 && nullable) return null
      const detail = length === -1 ? "null is no value of it in this version" : `a length of ${length} is negative`
      throw new DecodeError({ reason: "InvalidLength", position: start, what, detail })
    },
    encode: (writer, value) => {
      if (value === null && nullable) return prefix.write(writer, -1)
      if (!options.check(value)) throw invalid(what, `${String(value)} is no value of it in this version`)
      prefix.write(writer, options.length(value))
      options.encode(writer, value)
    }
  }
}

const stringCodec = (prefix: Prefix, nullable: boolean): Untyped =>
  prefixed({
    prefix,
    nullable,
    what: "string",
    decode: (reader, length) => {
      if (length <= maxStringLength) return reader.utf8(length)
      const detail = `${length} bytes are more than ${maxStringLength}`
      throw new DecodeError({ reason: "InvalidLength", position: reader.position, what: "string", detail })
    },
    check: (value) => typeof value === "string",
    length: (value) => {
      const length = utf8Length(value)
      if (length <= maxStringLength) return length
      const detail = `${length} bytes are more than ${maxStringLength}`
      throw new EncodeError({ reason: "TooLong", what: "string", detail })
    },
    encode: (writer, value) => writer.utf8(value)
  })

const bytesCodec = (prefix: Prefix, nullable: boolean): Untyped =>
  prefixed({
    prefix,
    nullable,
    what: "bytes",
    decode: (reader, length) => reader.bytes(length),
    check: (value) => value instanceof Uint8Array,
    length: (value) => value.length,
    encode: (writer, value) => writer.bytes(value)
  })

const arrayCodec = (prefix: Prefix, nullable: boolean, element: Untyped): Untyped =>
  prefixed<ReadonlyArray<unknown>>({
    prefix,
    nullable,
    what: "array",
    decode: (reader, length) => {
      const count = reader.count(length, element.minSize)
      const elements: Array<unknown> = []
      try {
        while (elements.length < count) elements.push(element.decode(reader))
      } catch (error) {
        throw within(error, `[${elements.length}]`)
      }
      return elements
    },
    check: (value) => Array.isArray(value),
    length: (value) => value.length,
    encode: (writer, value) => {
      let i = 0
      try {
        for (; i < value.length; i++) element.encode(writer, value[i])
      } catch (error) {
        throw within(error, `[${i}]`)
      }
    }
  })

const numbers: { readonly [K in "int8" | "int16" | "int32" | "int64"]: Codec<number> } = {
  int8: { minSize: 1, decode: (reader) => reader.int8(), encode: (writer, value) => writer.int8(value) },
  int16: { minSize: 2, decode: (reader) => reader.int16(), encode: (writer, value) => writer.int16(value) },
  int32: { minSize: 4, decode: (reader) => reader.int32(), encode: (writer, value) => writer.int32(value) },
  int64: { minSize: 8, decode: (reader) => reader.int64(), encode: (writer, value) => writer.int64(value) }
}

const booleanCodec: Codec<boolean> = {
  minSize: 1,
  decode: (reader) => reader.boolean(),
  encode: (writer, value) => {
    if (typeof value !== "boolean") throw invalid("boolean", `${String(value)} is no boolean`)
    writer.boolean(value)
  }
}

const uuidCodec: Codec<string> = {
  minSize: 16,
  decode: (reader) => reader.uuid(),
  encode: (writer, value) => writer.uuid(value)
}

/** Moves past the tagged fields that close a flexible struct or header, none of which is known. */
export const skipTaggedFields = (reader: Reader): void => {
  for (let left = reader.count(reader.unsignedVarint(), 2); left > 0; left--) {
    reader.unsignedVarint()
    reader.skip(reader.unsignedVarint())
  }
}

interface Part {
  readonly name: string
  readonly field: AnyField
  readonly codec: Untyped
  readonly fallback: unknown
}

type Properties = Record<string, unknown>

/** The tagged fields at the end of a flexible struct: unknown ones are skipped, those with their default are left out. */
const taggedCodec = (parts: ReadonlyArray<Part & { readonly tag: number }>) => {
  const ordered = [...parts].sort((a, b) => a.tag - b.tag)
  const known = new Map(ordered.map((part) => [part.tag, part]))
  const decodeInto = (reader: Reader, into: Properties): void => {
    for (let left = reader.count(reader.unsignedVarint(), 2); left > 0; left--) {
      const part = known.get(reader.unsignedVarint())
      const size = reader.unsignedVarint()
      if (part === undefined) {
        reader.skip(size)
        continue
      }
      try {
        const inner = reader.sub(size)
        into[part.name] = part.codec.decode(inner)
        inner.end()
      } catch (error) {
        throw within(error, part.name)
      }
    }
  }
  const encode = (writer: Writer, value: Properties): void => {
    const present = ordered.filter((part) => {
      const given = value[part.name]
      return given !== undefined && !isDefault(part.field, given)
    })
    writer.unsignedVarint(present.length)
    for (const part of present) {
      const inner = new Writer(64)
      try {
        part.codec.encode(inner, value[part.name])
      } catch (error) {
        throw within(error, part.name)
      }
      writer.unsignedVarint(part.tag)
      writer.unsignedVarint(inner.position)
      writer.bytes(inner.finish())
    }
  }
  return { decodeInto, encode }
}

const structCodec = (fields: ReadonlyArray<readonly [string, AnyField]>, encoding: Encoding): Untyped => {
  const inVersion = fields.filter(([, field]) => isIn(field.presence, encoding.version))
  const partOf = ([name, field]: readonly [string, AnyField]): Part => ({
    name,
    field,
    codec: compile(field, encoding),
    fallback: field.presence.fallback
  })
  const inSequence = inVersion.filter(([, field]) => field.presence.tag === undefined).map(partOf)
  const tagged = encoding.flexible
    ? taggedCodec(
        inVersion.flatMap((entry) => {
          const tag = entry[1].presence.tag
          return tag === undefined ? [] : [{ ...partOf(entry), tag }]
        })
      )
    : undefined
  // One step for each declared field, so that every decoded object has the same shape whatever the version.
  const byName = new Map(inSequence.map((part) => [part.name, part.codec]))
  const steps = fields.map(([name, field]) => {
    const codec = byName.get(name)
    const absent = defaultOf(field)
    return { name, decode: codec === undefined ? () => absent : codec.decode }
  })
  const size = inSequence.reduce((sum, part) => sum + part.codec.minSize, encoding.flexible ? 1 : 0)
  return {
    minSize: Math.max(1, size),
    decode: (reader) => {
      const value: Properties = {}
      let i = 0
      try {
        for (; i < steps.length; i++) {
          const step = steps[i]!
          value[step.name] = step.decode(reader)
        }
      } catch (error) {
        throw within(error, steps[i]!.name)
      }
      tagged?.decodeInto(reader, value)
      return value
    },
    encode: (writer, value) => {
      if (typeof value !== "object" || value === null) throw invalid("struct", `${String(value)} is no object`)
      const properties = value as Properties
      let i = 0
      try {
        for (; i < inSequence.length; i++) {
          const part = inSequence[i]!
          const given = properties[part.name]
          const value = given === undefined ? part.fallback : given
          if (value === undefined) throw invalid("value", "it is missing and has no default")
          part.codec.encode(writer, value)
        }
      } catch (error) {
        throw within(error, inSequence[i]!.name)
      }
      tagged?.encode(writer, properties)
    }
  }
}

const compile = (field: AnyField, encoding: Encoding): Untyped => {
  const { node, presence } = field
  const { version, flexible } = encoding
  const nullable = version >= presence.nullableSince
  switch (node.type) {
    case "string":
      return stringCodec(flexible ? compact : narrow, nullable)
    case "bytes":
      return bytesCodec(flexible ? compact : wide, nullable)
    case "array":
      return arrayCodec(flexible ? compact : wide, nullable, compile(node.element, encoding))
    case "struct":
      return structCodec(node.fields, encoding)
    case "uuid":
      return uuidCodec as Untyped
    case "boolean":
      return booleanCodec as Untyped
    default:
      return numbers[node.type] as Untyped
  }
}

/**
 * Compiles the description of a field into the codec of one version.
 *
 * **Gotchas**
 *
 * Costs a walk over the description: do it once and keep the codec.
 */
export const codecOf = <A, I, O extends boolean>(field: Field<A, I, O>, encoding: Encoding): Codec<A, I> =>
  compile(field, encoding) as Codec<A, I>
