import type { LambdaContext } from "./LambdaContext.ts"
import { isLogged } from "./Settings.ts"
import type { LogLevel, Settings } from "./Settings.ts"

/** Writes a message of an invocation, with fields of its own, unless its level is too low. */
export type InvocationLog = (
  level: Exclude<LogLevel, "SILENT">,
  message: string,
  fields?: Readonly<Record<string, unknown>>
) => void

/** What the lines of an invocation's log are made from: `write` takes a line, `now` tells the time in milliseconds. */
export interface InvocationLogOptions {
  readonly settings: Settings
  readonly context: LambdaContext
  readonly coldStart: boolean
  readonly traceId: string | undefined
  readonly now: () => number
  readonly write: (line: string) => void
}

/** Makes the log of an invocation: a line of JSON for each message, under the names that Powertools for AWS Lambda uses. */
export const invocationLog =
  ({ coldStart, context, now, settings, traceId, write }: InvocationLogOptions): InvocationLog =>
  (level, message, fields = {}) => {
    if (!isLogged(level, settings.level)) return
    const line = {
      level,
      message,
      timestamp: new Date(now()).toISOString(),
      service: settings.service,
      ...(traceId === undefined ? {} : { xray_trace_id: traceId }),
      cold_start: coldStart,
      function_arn: context.invokedFunctionArn,
      function_memory_size: context.memoryLimitInMB,
      function_name: context.functionName,
      function_request_id: context.awsRequestId,
      ...fields
    }
    write(JSON.stringify(line))
  }
