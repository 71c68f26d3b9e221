import { isServiceName, serviceNames } from "./Service.ts"
import type { ServiceName } from "./Service.ts"

/** What a test file is about: the servers that its name has between dots, or what the test starts itself. */
export type Subject = ServiceName | "own"

/** The servers that a test file needs: `Store.cassandra.kafka.svc.test.ts` needs two. */
export const serversOf = (path: string): ReadonlyArray<ServiceName> => [
  ...new Set(
    path
      .slice(path.lastIndexOf("/") + 1)
      .split(".")
      .filter(isServiceName)
  )
]

/** Tests by how they ended. */
export interface Count {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
}

/** The lines `SUBJECT: P passed, F failed`: a file that needs several servers counts for each, one that needs none as own. */
export const countLines = (files: ReadonlyArray<Count & { readonly path: string }>): ReadonlyArray<string> =>
  ([...serviceNames, "own"] satisfies ReadonlyArray<Subject>).flatMap((subject) => {
    const about = files.filter(({ path }) => {
      const servers = serversOf(path)
      return subject === "own" ? servers.length === 0 : servers.includes(subject)
    })
    if (about.length === 0) return []
    const sum = (of: (count: Count) => number): number => about.reduce((all, count) => all + of(count), 0)
    const skipped = sum((count) => count.skipped)
    const line = `${subject}: ${sum((count) => count.passed)} passed, ${sum((count) => count.failed)} failed`
    return [skipped === 0 ? line : `${line}, ${skipped} skipped`]
  })
