import type { DynamoDBClient } from "@aws-sdk/client-dynamodb"

/** A request on its way: `name` is the command's, such as `PutItemCommand`, `input` what it says; `send` lets it happen. */
export interface Passing {
  readonly name: string
  readonly number: number
  readonly input: unknown
  readonly signal: AbortSignal | undefined
  readonly send: () => Promise<object>
}

/** A client whose every request goes through `pass`, numbered from 1. */
export const observedClient = (client: DynamoDBClient, pass: (request: Passing) => Promise<object>): DynamoDBClient => {
  let sent = 0
  const send = (
    command: { readonly input: unknown },
    options: { readonly abortSignal?: AbortSignal } = {}
  ): Promise<object> =>
    pass({
      name: command.constructor.name,
      number: ++sent,
      input: command.input,
      signal: options.abortSignal,
      send: () => Reflect.apply(client.send, client, [command, options]) as Promise<object>
    })
  return new Proxy(client, { get: (target, name) => (name === "send" ? send : Reflect.get(target, name)) })
}
