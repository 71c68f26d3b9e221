import {
  chmodSync,
  chownSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  writeFileSync
} from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import type { Owner, Recipe } from "../Recipe.ts"
import { host, listener } from "../Service.ts"
import type { PostgresService } from "../Service.ts"
import { call, findTool, searchPath } from "../Tools.ts"
import { Unavailable } from "../Unavailable.ts"

const login = { username: "postgres", password: "odradek" }

/** Where Debian keeps the programs, a folder for each version. */
const versions = "/usr/lib/postgresql"

/** The folders that may hold the server's programs: Debian's, the newest first, then those of a shell. */
const folders = (): ReadonlyArray<string> => {
  let found: ReadonlyArray<string> = []
  try {
    found = readdirSync(versions).sort((a, b) => Number(b) - Number(a))
  } catch {
    // Another system keeps them elsewhere.
  }
  return [...found.map((version) => join(versions, version, "bin")), ...searchPath()]
}

/** The folder of a server's programs. */
const programs = (): string => {
  const initdb = findTool("initdb", folders())
  if (initdb === undefined) throw new Unavailable("PostgreSQL is not installed: get the package postgresql.")
  return dirname(realpathSync(initdb))
}

/** Whom the server runs as: it refuses to be root. */
const ownerOf = async (): Promise<Owner | undefined> => {
  if (process.getuid?.() !== 0) return undefined
  try {
    const [uid, gid] = await Promise.all([call("id", ["-u", "postgres"]), call("id", ["-g", "postgres"])])
    return { uid: Number(uid), gid: Number(gid) }
  } catch {
    throw new Unavailable("PostgreSQL does not run as root, and there is no user postgres: be another user.")
  }
}

/** A folder for the data that its owner can reach; `folder` may lie behind one that is closed to others. */
const place = async (folder: string, owner: Owner | undefined): Promise<string> => {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  if (owner === undefined) return folder
  chownSync(folder, owner.uid, owner.gid)
  try {
    await call("test", ["-w", folder], { cwd: "/", owner })
    return folder
  } catch {
    const elsewhere = mkdtempSync(join(tmpdir(), "odradek-postgres-"))
    chownSync(elsewhere, owner.uid, owner.gid)
    return elsewhere
  }
}

/** Asks over TLS, with the password. */
const ask = async ({ ca, database, port }: PostgresService): Promise<void> => {
  const to = `host=${host} port=${port} user=${login.username} dbname=${database} connect_timeout=5`
  const env = { PGPASSWORD: login.password, PGSSLMODE: "verify-full", PGSSLROOTCERT: ca }
  const said = await call(join(programs(), "psql"), ["-X", "-At", "-c", "select 42", to], { env })
  if (said.trim() !== "42") throw new Error(`PostgreSQL answers ${said}`)
}

/** PostgreSQL, as this machine has it installed. */
export const postgres: Recipe<"postgres", "sql"> = {
  name: "postgres",
  ports: { sql: 15432 },
  fetch: async (folder) => {
    programs()
    await ownerOf()
    mkdirSync(folder, { recursive: true })
  },
  configure: async ({ certificates, folder, ports }) => {
    const bin = programs()
    const [owner, files] = await Promise.all([ownerOf(), certificates()])
    const data = await place(join(folder, "data"), owner)
    const own = (path: string): void => {
      chmodSync(path, 0o600)
      if (owner !== undefined) chownSync(path, owner.uid, owner.gid)
    }
    const [secret, cluster] = [join(data, "password"), join(data, "cluster")]
    writeFileSync(secret, login.password)
    own(secret)
    const options = ["-U", login.username, `--pwfile=${secret}`, "-A", "scram-sha-256", "-E", "UTF8", "--locale=C"]
    await call(join(bin, "initdb"), ["-D", cluster, ...options, "--no-sync"], { cwd: data, owner })
    const [certificate, key] = [join(data, "certificate.pem"), join(data, "key.pem")]
    copyFileSync(files.certificate, certificate)
    copyFileSync(files.key, key)
    own(certificate)
    own(key)
    const settings = {
      listen_addresses: host,
      unix_socket_directories: "",
      ssl: "on",
      ssl_cert_file: certificate,
      ssl_key_file: key
    }
    const said = await call(join(bin, "postgres"), ["--version"])
    const service: PostgresService = { ...listener(ports.sql), database: "postgres", login, ca: files.ca }
    return {
      command: join(bin, "postgres"),
      args: [
        ...["-D", cluster, "-p", String(ports.sql)],
        ...Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`])
      ],
      cwd: data,
      ...(owner === undefined ? {} : { owner }),
      // It waits for nobody who is connected.
      stopSignal: "SIGINT",
      version: `PostgreSQL ${/[\d.]+/.exec(said)?.[0] ?? said.trim()}`,
      data: [data],
      service
    }
  },
  ask
}
