import { Buffer } from "node:buffer"
import type { LogRecord, TopicPartition } from "../../../core/log/index.ts"
import type { LambdaContext } from "../../../runtimes/lambda/index.ts"

/** A record as AWS Lambda's own program, which is in Java, hands it over. */
const javaRecord = ({ partition, topic }: TopicPartition, record: LogRecord): unknown => ({
  topic,
  partition,
  offset: record.offset,
  timestamp: record.timestamp,
  timestampType: "CREATE_TIME",
  ...(record.key === null ? {} : { key: Buffer.from(record.key).toString("base64") }),
  ...(record.value === null ? {} : { value: Buffer.from(record.value).toString("base64") }),
  headers: record.headers.map(({ name, value }) => ({ [name]: value === null ? null : [...new Int8Array(value)] }))
})

/** The event of a mapping, after it was text. */
export const eventOf = (partitions: ReadonlyArray<TopicPartition & { readonly records: ReadonlyArray<LogRecord> }>) =>
  JSON.parse(
    JSON.stringify({
      eventSource: "aws:kafka",
      eventSourceArn: "arn:aws:kafka:eu-west-1:123456789012:cluster/journals/1",
      bootstrapServers: "b-1.journals:9098,b-2.journals:9098",
      records: Object.fromEntries(
        partitions.map((one) => [`${one.topic}-${one.partition}`, one.records.map((record) => javaRecord(one, record))])
      )
    })
  ) as unknown

/** The context of an invocation that begins now and has so many milliseconds. */
export const contextOf = (milliseconds: number, awsRequestId = "request-1"): LambdaContext => {
  const until = Date.now() + milliseconds
  return {
    awsRequestId,
    functionName: "journals",
    invokedFunctionArn: "arn:aws:lambda:eu-west-1:123456789012:function:journals",
    memoryLimitInMB: "512",
    getRemainingTimeInMillis: () => Math.max(0, until - Date.now())
  }
}
