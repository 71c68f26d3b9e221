/** What both functions are told by their environment. */
export interface Settings {
  readonly brokers: ReadonlyArray<string>
  readonly region: string
  readonly table: string
  /** Another DynamoDB than the region's, such as one on this machine. */
  readonly endpoint?: string
}

const given = (name: string): string => {
  const value = process.env[name]
  if (value === undefined || value === "") throw new Error(`Set ${name} in the function's environment.`)
  return value
}

/** Reads the settings: `BROKERS`, `TABLE`, `AWS_REGION`, which Lambda sets, and `DYNAMODB_ENDPOINT`, which may be absent. */
export const settings = (): Settings => {
  const endpoint = process.env["DYNAMODB_ENDPOINT"]
  return {
    brokers: given("BROKERS").split(","),
    region: given("AWS_REGION"),
    table: given("TABLE"),
    ...(endpoint === undefined ? {} : { endpoint })
  }
}
