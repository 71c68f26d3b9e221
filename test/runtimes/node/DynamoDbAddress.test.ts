import * as Result from "effect/Result"
import { describe, expect, it } from "vitest"
import { parseDynamoDbAddress } from "../../../runtimes/node/DynamoDbAddress.ts"

describe("the address of a table of DynamoDB", () => {
  it.each([
    ["dynamodb://eu-west-1/journal", { region: "eu-west-1", table: "journal" }],
    [
      "dynamodb://local/my.journal?endpoint=http://127.0.0.1:8000",
      { region: "local", table: "my.journal", endpoint: "http://127.0.0.1:8000" }
    ]
  ])("takes %s apart", (address, parts) => {
    expect(parseDynamoDbAddress(address)).toEqual(Result.succeed(parts))
  })

  it.each([
    ["dynamodb:", "it is not complete: write dynamodb://REGION/TABLE"],
    ["dynamodb:///journal", "the region is missing in it: write dynamodb://REGION/TABLE"],
    ["dynamodb://EU/journal", '"EU" is no name of a region: write one such as eu-west-1'],
    ["dynamodb://eu-west-1", "the table is missing in it: write dynamodb://REGION/TABLE"],
    [
      "dynamodb://eu-west-1/jo",
      '"jo" is no name of a table: give 3 to 255 letters, digits, underscores, dashes and dots'
    ],
    [
      "dynamodb://eu-west-1/jour%20nal",
      '"jour nal" is no name of a table: give 3 to 255 letters, digits, underscores, dashes and dots'
    ],
    [
      "dynamodb://eu-west-1/journal?endpoint=127.0.0.1:8000",
      'its option endpoint is "127.0.0.1:8000": write http://HOST:PORT or https://HOST:PORT'
    ],
    [
      "dynamodb://eu-west-1/journal?endpoit=http://127.0.0.1:8000",
      '"endpoit" is no option of it (perhaps endpoint): the only one is endpoint'
    ],
    ["dynamodb://me@eu-west-1/journal", "a user has no place in it: write dynamodb://REGION/TABLE"],
    [
      "dynamodb://AKIA:sec/ret@eu-west-1/journal",
      "credentials have no place in it: put them into AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or where else AWS's tools look"
    ]
  ])("refuses %s: %s", (address, why) => {
    expect(parseDynamoDbAddress(address)).toEqual(Result.fail(why))
  })
})
