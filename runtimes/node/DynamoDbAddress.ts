import * as Result from "effect/Result"
import { type AddressOption, optionsOf } from "./AddressOptions.ts"
import { addressParts, hasPassword } from "./AddressParts.ts"

/** Which table of DynamoDB an address names; `endpoint` is that of another DynamoDB than the region's. */
export interface DynamoDbAddress {
  readonly region: string
  readonly table: string
  readonly endpoint?: string
}

/** How the address of a table is written, for people. */
export const dynamoDbAddress = "dynamodb://REGION/TABLE"

const options = {
  endpoint: {
    allowed: "http://HOST:PORT or https://HOST:PORT",
    isAllowed: (value) => URL.canParse(value) && /^https?:$/.test(new URL(value).protocol)
  }
} satisfies Readonly<Record<string, AddressOption>>

/**
 * Takes apart `dynamodb://REGION/TABLE`, or `dynamodb://REGION/TABLE?endpoint=http://HOST:PORT`, or says what is wrong with
 * it, as a part of a sentence.
 */
export const parseDynamoDbAddress = (address: string): Result.Result<DynamoDbAddress, string> =>
  Result.gen(function* () {
    if (hasPassword(address)) {
      const instead = "put them into AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or where else AWS's tools look"
      return yield* Result.fail(`credentials have no place in it: ${instead}`)
    }
    const { hosts: region, name: table, query, user } = yield* addressParts(address, dynamoDbAddress)
    if (user !== undefined) return yield* Result.fail(`a user has no place in it: write ${dynamoDbAddress}`)
    if (region === "") return yield* Result.fail(`the region is missing in it: write ${dynamoDbAddress}`)
    if (!/^[a-z0-9-]+$/.test(region)) {
      return yield* Result.fail(`"${region}" is no name of a region: write one such as eu-west-1`)
    }
    if (table === "") return yield* Result.fail(`the table is missing in it: write ${dynamoDbAddress}`)
    if (!/^[A-Za-z0-9_.-]{3,255}$/.test(table)) {
      const allowed = "give 3 to 255 letters, digits, underscores, dashes and dots"
      return yield* Result.fail(`"${table}" is no name of a table: ${allowed}`)
    }
    const { endpoint } = yield* optionsOf(query, options)
    return { region, table, ...(endpoint === undefined ? {} : { endpoint }) }
  })
