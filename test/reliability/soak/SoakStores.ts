import { join } from "node:path"
import { makePrng } from "../../../core/simulation/index.ts"
import { LinkProxy } from "../../chain/LinkProxy.ts"
import { OwnServer } from "../OwnServer.ts"
import { cassandra } from "../../services/servers/Cassandra.ts"
import { dynamodb } from "../../services/servers/DynamoDb.ts"
import { postgres } from "../../services/servers/Postgres.ts"
import type { Login, ServiceName } from "../../services/Service.ts"

/** The kinds of stores that have a server of their own in a soak, or need none. */
export const storeKinds = ["sqlite", "dynamodb", "cassandra", "postgres"] as const

/**
 * A store in a soak.
 *
 * **Details**
 *
 * `address` goes through `link`, where there is one, and `direct` does not. `server` is the store's own, and `isKept` says
 * whether it still has everything after it was killed.
 */
export interface SoakStore {
  readonly name: string
  readonly address: string
  readonly direct: string
  readonly link: LinkProxy | undefined
  readonly server: OwnServer<ServiceName> | undefined
  readonly isKept: boolean
}

const passwordName = "ODRADEK_STORE_PASSWORD"

/** All servers of a soak have one password, since there is one place for it. */
const useLogin = ({ password, username }: Login): string => {
  const before = process.env[passwordName]
  process.env[passwordName] = password
  if (before === undefined || before === password) return username
  throw new Error("Two of the stores have different passwords: soak one after the other.")
}

const openLink = async (port: number, owned: AsyncDisposableStack): Promise<LinkProxy> => {
  const link = await LinkProxy.open(makePrng(1))
  link.target(port)
  return owned.adopt(link, (one) => one.close())
}

const withServer = async <Name extends ServiceName>(
  server: OwnServer<Name>,
  owned: AsyncDisposableStack,
  isKept: boolean,
  addressAt: (port: number) => string
): Promise<SoakStore> => {
  owned.use(server)
  const { port } = server.service
  const link = await openLink(port, owned)
  return { name: "", address: addressAt(link.port), direct: addressAt(port), link, server, isKept }
}

/** Makes the store that is asked for: one of a kind, with a server of its own, or whatever an address names. */
export const openSoakStore = async (asked: string, folder: string, owned: AsyncDisposableStack): Promise<SoakStore> => {
  switch (asked) {
    case "sqlite": {
      const address = `sqlite:${join(folder, "journal.db")}`
      return { name: asked, address, direct: address, link: undefined, server: undefined, isKept: true }
    }
    case "dynamodb": {
      const server = await OwnServer.start(dynamodb)
      const { region } = server.service
      const at = (port: number) => `dynamodb://${region}/soak?endpoint=http://127.0.0.1:${port}`
      return { ...(await withServer(server, owned, false, at)), name: asked }
    }
    case "cassandra": {
      const server = await OwnServer.start(cassandra)
      const { datacenter, login } = server.service
      const user = useLogin(login)
      const at = (port: number) => `cassandra://${user}@127.0.0.1:${port}/soak?datacenter=${datacenter}&replicas=1`
      return { ...(await withServer(server, owned, true, at)), name: asked }
    }
    case "postgres": {
      const server = await OwnServer.start(postgres)
      const { database, login } = server.service
      const at = (port: number) =>
        `postgres://${login.username}:${login.password}@127.0.0.1:${port}/${database}?sslmode=disable`
      return { ...(await withServer(server, owned, true, at)), name: asked }
    }
    default:
      return { name: asked, address: asked, direct: asked, link: undefined, server: undefined, isKept: false }
  }
}
