import type { FoundAttribute, FoundItem } from "../Item.ts"

/** What DynamoDB says of a request that it has not done, with the name that its own driver gives to it. */
export class DynamoDbRefusal extends Error {
  override readonly name: string
  readonly $metadata: { readonly httpStatusCode: number }

  constructor(name: string, message: string, httpStatusCode: number) {
    super(message)
    this.name = name
    this.$metadata = { httpStatusCode }
  }
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const bytesOf = (base64: string): Uint8Array => Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))

const optionalText = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined)

const attributeOf = (value: unknown): FoundAttribute => {
  if (!isObject(value)) return {}
  const bytes = optionalText(value["B"])
  return {
    S: optionalText(value["S"]),
    N: optionalText(value["N"]),
    ...(bytes === undefined ? {} : { B: bytesOf(bytes) })
  }
}

const attributesOf = (value: Readonly<Record<string, unknown>>): FoundItem =>
  Object.fromEntries(Object.entries(value).map(([name, each]) => [name, attributeOf(each)]))

/** An item of an answer, whose bytes are in base64; `undefined` where there is none. Throws where they are not. */
export const itemOf = (value: unknown): FoundItem | undefined => (isObject(value) ? attributesOf(value) : undefined)

/** The items of an answer. */
export const itemsOf = (value: unknown): ReadonlyArray<FoundItem> =>
  Array.isArray(value) ? value.filter(isObject).map(attributesOf) : []

/**
 * The answer to a request, by its status and its text; throws what DynamoDB says where it has not done it, and a
 * `SyntaxError` where that is no DynamoDB.
 */
export const answerOf = (status: number, text: string): Readonly<Record<string, unknown>> => {
  let said: unknown
  try {
    said = JSON.parse(text)
  } catch (cause) {
    if (status >= 500) throw new DynamoDbRefusal("", "", status)
    throw cause
  }
  if (!isObject(said)) throw new SyntaxError("The answer is no object.")
  if (status === 200) return said
  const type = optionalText(said["__type"])
  if (type === undefined && status < 500) throw new SyntaxError("The answer names no kind of error.")
  const message = optionalText(said["message"]) ?? optionalText(said["Message"]) ?? ""
  throw new DynamoDbRefusal(type?.split("#").at(-1) ?? "", message, status)
}
