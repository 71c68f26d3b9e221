/** Which table of DynamoDB an address names; `endpoint` is that of another DynamoDB than the region's. */
export interface DynamoDbAddress {
  readonly region: string
  readonly table: string
  readonly endpoint?: string
}

/** How the address of a table is written, for people. */
export const dynamoDbAddress = "dynamodb://REGION/TABLE"

const isHttp = (address: string): boolean => URL.canParse(address) && /^https?:$/.test(new URL(address).protocol)

/**
 * Takes apart `dynamodb://REGION/TABLE`, or `dynamodb://REGION/TABLE?endpoint=http://HOST:PORT`; `undefined` when the
 * address is none of them.
 */
export const parseDynamoDbAddress = (address: string): DynamoDbAddress | undefined => {
  const parts = /^dynamodb:\/\/([a-z0-9-]+)\/([A-Za-z0-9_.-]{3,255})(?:\?endpoint=(.+))?$/.exec(address)
  if (parts === null) return undefined
  const [, region = "", table = "", endpoint] = parts
  if (endpoint === undefined) return { region, table }
  return isHttp(endpoint) ? { region, table, endpoint } : undefined
}
