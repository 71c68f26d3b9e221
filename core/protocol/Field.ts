import { nilUuid } from "../bytes/index.ts"

/** What a field holds on the wire. */
export type FieldNode =
  | { readonly type: "int8" | "int16" | "int32" | "int64" | "boolean" | "uuid" | "string" | "bytes" }
  | { readonly type: "array"; readonly element: AnyField }
  | { readonly type: "struct"; readonly fields: ReadonlyArray<readonly [name: string, field: AnyField]> }

/** In which versions a field exists and how it is written there. */
export interface Presence {
  readonly since: number
  readonly until: number
  /** The first version in which null is a value; infinite when there is none. */
  readonly nullableSince: number
  /** The number under which the field stands among the tagged fields, instead of in sequence. */
  readonly tag: number | undefined
  /** The value where the version or the sender leaves the field out; `undefined` means the zero of the type. */
  readonly fallback: unknown
}

/** A field of which nothing is known statically. */
export type AnyField = Field<unknown, unknown, boolean>

/** The value that decoding a field gives: every property is there, absent ones with their defaults. */
export type Type<F extends AnyField> = F["Type"]

/** The value that encoding a field takes: properties with a default may be left out. */
export type Input<F extends AnyField> = F["Input"]

/**
 * The description of one field of Kafka's protocol, from which encoder, decoder and types follow.
 *
 * **Details**
 *
 * A field is in sequence in every version until a method says otherwise; each method gives a changed copy. A value for a
 * field that the version does not have is not written; decoding that version gives the default in its place.
 *
 * **Example**
 *
 * ```ts
 * const request = struct({
 *   transactionalId: string.nullable().since(3),
 *   acks: int16,
 *   rackId: string.since(11).default("")
 * })
 * ```
 */
export class Field<A, I = A, Optional extends boolean = false> {
  declare readonly Type: A
  declare readonly Input: I
  declare readonly Optional: Optional
  readonly node: FieldNode
  readonly presence: Presence

  constructor(node: FieldNode, presence: Presence) {
    this.node = node
    this.presence = presence
  }

  /** The field exists from this version on. */
  since(version: number): Field<A, I, Optional> {
    return new Field(this.node, { ...this.presence, since: version })
  }

  /** The field exists up to and including this version. */
  until(version: number): Field<A, I, Optional> {
    return new Field(this.node, { ...this.presence, until: version })
  }

  /** Null is a value from this version on. */
  nullable<B extends string | Uint8Array | ReadonlyArray<unknown>, J, O extends boolean>(
    this: Field<B, J, O>,
    since = 0
  ): Field<B | null, J | null, O> {
    return new Field(this.node, { ...this.presence, nullableSince: since })
  }

  /** The value that stands in for the field where it is left out. */
  default(value: A): Field<A, I, true> {
    return new Field(this.node, { ...this.presence, fallback: value })
  }

  /** The field is a tagged one (KIP-482): it is written only where it differs from its default. */
  tagged(tag: number): Field<A, I, true> {
    return new Field(this.node, { ...this.presence, tag, fallback: this.presence.fallback ?? zeroOf(this) })
  }
}

const everyVersion: Presence = {
  since: 0,
  until: Number.POSITIVE_INFINITY,
  nullableSince: Number.POSITIVE_INFINITY,
  tag: undefined,
  fallback: undefined
}

const primitive = <A>(type: "int8" | "int16" | "int32" | "int64" | "boolean" | "uuid" | "string" | "bytes"): Field<A> =>
  new Field<A>({ type }, everyVersion)

export const int8 = primitive<number>("int8")
export const int16 = primitive<number>("int16")
export const int32 = primitive<number>("int32")

/** A 64-bit integer as a safe integer. */
export const int64 = primitive<number>("int64")
export const boolean = primitive<boolean>("boolean")

/** A UUID as its canonical text; the nil UUID means "none". */
export const uuid = primitive<string>("uuid")
export const string = primitive<string>("string")

/** Bytes, or a run of record batches, which is written in the same way; decoding gives a view of the input. */
export const bytes = primitive<Uint8Array>("bytes")

/** A sequence of values that are all described by `element`. */
export const array = <A, I, O extends boolean>(element: Field<A, I, O>): Field<ReadonlyArray<A>, ReadonlyArray<I>> =>
  new Field({ type: "array", element }, everyVersion)

/** The fields of a struct by name, in the order of the wire. */
export interface Fields {
  readonly [name: string]: AnyField
}

type OptionalNames<F extends Fields> = { [K in keyof F]: true extends F[K]["Optional"] ? K : never }[keyof F]
type Simplify<A> = { [K in keyof A]: A[K] } & {}

/** What a struct of these fields decodes to. */
export type StructType<F extends Fields> = { readonly [K in keyof F]: F[K]["Type"] }

/** What a struct of these fields is encoded from. */
export type StructInput<F extends Fields> = Simplify<
  { readonly [K in Exclude<keyof F, OptionalNames<F>>]: F[K]["Input"] } & {
    readonly [K in OptionalNames<F>]?: F[K]["Input"] | undefined
  }
>

/** Fields in a row, closed by the tagged ones in the versions that have them. */
export const struct = <const F extends Fields>(fields: F): Field<StructType<F>, StructInput<F>> =>
  new Field({ type: "struct", fields: Object.entries(fields) }, everyVersion)

const noBytes = new Uint8Array(0)
const noElements: ReadonlyArray<never> = []

const zeroOf = (field: AnyField): unknown => {
  if (field.presence.nullableSince !== Number.POSITIVE_INFINITY) return null
  const node = field.node
  switch (node.type) {
    case "boolean":
      return false
    case "string":
      return ""
    case "uuid":
      return nilUuid
    case "bytes":
      return noBytes
    case "array":
      return noElements
    case "struct":
      return Object.fromEntries(node.fields.map(([name, part]) => [name, defaultOf(part)]))
    default:
      return 0
  }
}

/** The value of a field in a version that does not have it: its default, else null where it may be null, else the zero of its type. */
export const defaultOf = (field: AnyField): unknown =>
  field.presence.fallback === undefined ? zeroOf(field) : field.presence.fallback

/** Whether a value is the field's default, so that a tagged field need not be written. */
export const isDefault = (field: AnyField, value: unknown): boolean => {
  const byDefault = defaultOf(field)
  if (value === byDefault) return true
  if (value === null || byDefault === null) return false
  const node = field.node
  if (node.type === "array" || node.type === "bytes") return (value as { readonly length: number }).length === 0
  if (node.type !== "struct") return false
  const parts = value as Readonly<Record<string, unknown>>
  return node.fields.every(([name, part]) => parts[name] === undefined || isDefault(part, parts[name]))
}
