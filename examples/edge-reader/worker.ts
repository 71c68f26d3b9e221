import { ReplicatedJournals } from "odradek/runtimes/edge"
import { problem } from "./Problem.ts"
import { answer } from "./Reader.ts"

/** The worker's settings; the two keys are secrets of it. */
export interface Env {
  readonly TOPIC: string
  readonly TABLE: string
  readonly AWS_REGION: string
  readonly AWS_ACCESS_KEY_ID: string
  readonly AWS_SECRET_ACCESS_KEY: string
  readonly AWS_SESSION_TOKEN?: string
  /** Another DynamoDB than AWS's. */
  readonly DYNAMODB_ENDPOINT?: string
}

const open = (env: Env): ReplicatedJournals<unknown> =>
  ReplicatedJournals.make({
    topic: env.TOPIC,
    table: env.TABLE,
    region: env.AWS_REGION,
    credentials: {
      accessKeyId: env.AWS_ACCESS_KEY_ID,
      secretAccessKey: env.AWS_SECRET_ACCESS_KEY,
      sessionToken: env.AWS_SESSION_TOKEN
    },
    endpoint: env.DYNAMODB_ENDPOINT
  })

/** For as long as this worker lives: nothing in it belongs to a request. */
let journals: ReplicatedJournals<unknown> | undefined

export default {
  fetch: async (request: Request, env: Env): Promise<Response> => {
    try {
      journals ??= open(env)
    } catch (error) {
      return problem(500, "Settings", error instanceof Error ? error.message : String(error))
    }
    return answer(journals, request)
  }
}
