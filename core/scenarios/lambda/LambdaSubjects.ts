import { firstUnstored, GivenReplication } from "../../journal/index.ts"
import { eventSourceMapping } from "../../lambda/index.ts"

/** The machines under test: those of this package, or copies of them with a bug planted. */
export interface LambdaSubjects {
  readonly mapping: typeof eventSourceMapping
  readonly replication: typeof GivenReplication.givenReplication
  readonly firstUnstored: typeof firstUnstored
}

/** The machines of this package. */
export const lambdaSubjects: LambdaSubjects = {
  mapping: eventSourceMapping,
  replication: GivenReplication.givenReplication,
  firstUnstored
}
