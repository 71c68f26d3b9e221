import * as HashMap from "effect/HashMap"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import { type DecodeError, decodeWith, Reader, Writer } from "../bytes/index.ts"
import type { Application } from "./Application.ts"

/** A value, and its version: 1 more than the number of commands in front of the one that wrote it. */
export interface KeyValue {
  readonly value: Uint8Array
  readonly version: number
}

/** All keys with their values. */
export type KeyValuesState = HashMap.HashMap<string, KeyValue>

/**
 * What a store of keys and values is told.
 *
 * **Details**
 *
 * With `expected` it happens only where the key has this version, or does not exist where it is 0. `Add` reads the value as
 * a whole number in decimal digits, and as 0 where there is none.
 */
export type KeyValuesCommand =
  | { readonly _tag: "Put"; readonly key: string; readonly value: Uint8Array; readonly expected?: number | undefined }
  | { readonly _tag: "Delete"; readonly key: string; readonly expected?: number | undefined }
  | { readonly _tag: "Add"; readonly key: string; readonly amount: number }

/**
 * What it answers.
 *
 * - `Done`: the version that the key has now, 0 where it does not exist, and of an `Add` the sum
 * - `OtherVersion`: nothing has changed, because the key has this version
 * - `NoNumber`: nothing has changed, because the value is no whole number, or the sum would be beyond ±(2^53 - 1)
 * - `NoCommand`: nothing has changed, because the bytes are no command
 */
export type KeyValuesAnswer =
  | { readonly _tag: "Done"; readonly version: number; readonly sum?: number | undefined }
  | { readonly _tag: "OtherVersion"; readonly version: number }
  | { readonly _tag: "NoNumber" }
  | { readonly _tag: "NoCommand" }

const kinds: ReadonlyArray<KeyValuesCommand["_tag"]> = ["Put", "Delete", "Add"]
const answers: ReadonlyArray<KeyValuesAnswer["_tag"]> = ["Done", "OtherVersion", "NoNumber", "NoCommand"]

const writeText = (out: Writer, text: string): void => {
  const length = out.reserveInt32()
  out.patchInt32(length, out.utf8(text))
}

/** A number that may be absent, as 0, or 1 more than it is. */
const writeOptional = (out: Writer, value: number | undefined): void => {
  out.boolean(value !== undefined)
  if (value !== undefined) out.varlong(value)
}

const readOptional = (reader: Reader): number | undefined => (reader.boolean() ? reader.varlong() : undefined)

const encodeCommand = (command: KeyValuesCommand): Uint8Array => {
  const out = new Writer(64 + (command._tag === "Put" ? command.value.length : 0))
  out.int8(kinds.indexOf(command._tag))
  writeText(out, command.key)
  if (command._tag === "Add") {
    out.varlong(command.amount)
    return out.finish()
  }
  writeOptional(out, command.expected)
  if (command._tag === "Put") out.bytes(command.value)
  return out.finish()
}

const decodeCommand = (bytes: Uint8Array): Result.Result<KeyValuesCommand | undefined, DecodeError> =>
  decodeWith((): KeyValuesCommand | undefined => {
    const reader = new Reader(bytes)
    const kind = kinds[reader.int8()]
    const key = reader.utf8(reader.int32())
    switch (kind) {
      case "Put":
        return { _tag: "Put", key, expected: readOptional(reader), value: reader.bytes(reader.remaining) }
      case "Delete":
        return { _tag: "Delete", key, expected: readOptional(reader) }
      case "Add":
        return { _tag: "Add", key, amount: reader.varlong() }
      case undefined:
        return undefined
    }
  })

const encodeAnswer = (answer: KeyValuesAnswer): Uint8Array => {
  const out = new Writer(16)
  out.int8(answers.indexOf(answer._tag))
  if ("version" in answer) out.varlong(answer.version)
  if (answer._tag === "Done") writeOptional(out, answer.sum)
  return out.finish()
}

const decodeAnswer = (bytes: Uint8Array): KeyValuesAnswer => {
  const reader = new Reader(bytes)
  const kind = answers[reader.int8()]
  switch (kind) {
    case "Done": {
      const version = reader.varlong()
      const sum = readOptional(reader)
      return sum === undefined ? { _tag: "Done", version } : { _tag: "Done", version, sum }
    }
    case "OtherVersion":
      return { _tag: "OtherVersion", version: reader.varlong() }
    case "NoNumber":
      return { _tag: "NoNumber" }
    default:
      return { _tag: "NoCommand" }
  }
}

const digits = (value: Uint8Array): number | undefined => {
  let text = ""
  for (const byte of value.subarray(0, 20)) text += String.fromCharCode(byte)
  const number = value.length <= 17 && /^-?[0-9]+$/.test(text) ? Number(text) : Number.NaN
  return Number.isSafeInteger(number) ? number : undefined
}

const ascii = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0))

const get = (state: KeyValuesState, key: string): KeyValue | undefined => Option.getOrUndefined(HashMap.get(state, key))

type Applied = readonly [KeyValuesState, KeyValuesAnswer]

const add = (state: KeyValuesState, key: string, amount: number, version: number): Applied => {
  const before = get(state, key)
  const number = before === undefined ? 0 : digits(before.value)
  const sum = number === undefined ? Number.NaN : number + amount
  if (!Number.isSafeInteger(sum)) return [state, { _tag: "NoNumber" }]
  return [HashMap.set(state, key, { value: ascii(`${sum}`), version }), { _tag: "Done", version, sum }]
}

const applyCommand = (state: KeyValuesState, command: KeyValuesCommand, version: number): Applied => {
  const { key } = command
  if (command._tag === "Add") return add(state, key, command.amount, version)
  const current = get(state, key)?.version ?? 0
  if (command.expected !== undefined && command.expected !== current) {
    return [state, { _tag: "OtherVersion", version: current }]
  }
  if (command._tag === "Delete") return [HashMap.remove(state, key), { _tag: "Done", version: 0 }]
  // The command's bytes may be a small part of a large message: the state keeps a copy.
  return [HashMap.set(state, key, { value: command.value.slice(), version }), { _tag: "Done", version }]
}

const apply: Application<KeyValuesState>["apply"] = (state, bytes, position) => {
  const command = decodeCommand(bytes)
  if (Result.isFailure(command) || command.success === undefined) return [state, encodeAnswer({ _tag: "NoCommand" })]
  const [next, answer] = applyCommand(state, command.success, position + 1)
  return [next, encodeAnswer(answer)]
}

const sorted = (state: KeyValuesState): ReadonlyArray<readonly [string, KeyValue]> =>
  [...state].sort(([a], [b]) => (a < b ? -1 : 1))

const encode = (state: KeyValuesState): Uint8Array => {
  const out = new Writer(1024)
  out.uint32(HashMap.size(state))
  for (const [key, { value, version }] of sorted(state)) {
    writeText(out, key)
    out.varlong(version)
    out.uint32(value.length)
    out.bytes(value)
  }
  return out.finish()
}

const decode = (bytes: Uint8Array): KeyValuesState => {
  const reader = new Reader(bytes)
  const count = reader.count(reader.uint32(), 9)
  let state = HashMap.beginMutation(HashMap.empty<string, KeyValue>())
  for (let left = count; left > 0; left--) {
    const key = reader.utf8(reader.int32())
    const version = reader.varlong()
    state = HashMap.set(state, key, { value: reader.bytes(reader.uint32()).slice(), version })
  }
  reader.end()
  return HashMap.endMutation(state)
}

/**
 * Keys with values, versions and counters: an application to learn with, to test clusters with, and to begin one's own
 * from.
 *
 * **Details**
 *
 * Each key has a version, with which a writer can say what it has seen (compare and set). `command` and `answer` are what
 * goes to a node and what it gives back.
 *
 * **Example**
 *
 * ```ts
 * const node = yield* Chain.node({ ...options, application: KeyValues.application })
 * const { answer } = yield* node.propose(KeyValues.command({ _tag: "Add", key: "visits", amount: 1 }))
 * KeyValues.answer(answer) // { _tag: "Done", version: 1, sum: 1 }
 * ```
 */
export const KeyValues = {
  application: {
    initial: HashMap.empty<string, KeyValue>(),
    apply,
    encode,
    decode
  } satisfies Application<KeyValuesState>,
  command: encodeCommand,
  answer: decodeAnswer,
  get,
  entries: sorted
}
