import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fetchJars } from "../Jars.ts"
import type { Certificates, Place, Recipe } from "../Recipe.ts"
import { host, listener } from "../Service.ts"
import { java } from "../Tools.ts"
import { logIn } from "./CassandraLogin.ts"

const version = "5.0.5"

/** The superuser that Cassandra makes by itself. */
const login = { username: "cassandra", password: "cassandra" }

type Use = "native" | "storage"

/** JSON is YAML. */
const configuration = ({ native, storage }: Place<Use>["ports"], certificates: Certificates): string =>
  JSON.stringify(
    {
      cluster_name: "odradek tests",
      num_tokens: 1,
      partitioner: "org.apache.cassandra.dht.Murmur3Partitioner",
      commitlog_sync: "periodic",
      commitlog_sync_period: "10000ms",
      endpoint_snitch: "SimpleSnitch",
      listen_address: host,
      rpc_address: host,
      native_transport_port: native,
      storage_port: storage,
      start_native_transport: true,
      auto_snapshot: false,
      memtable_heap_space: "128MiB",
      memtable_offheap_space: "128MiB",
      authenticator: "PasswordAuthenticator",
      authorizer: "CassandraAuthorizer",
      role_manager: "CassandraRoleManager",
      client_encryption_options: {
        enabled: true,
        optional: true,
        keystore: certificates.store,
        keystore_password: certificates.password,
        store_type: "PKCS12",
        require_client_auth: false
      },
      seed_provider: [
        {
          class_name: "org.apache.cassandra.locator.SimpleSeedProvider",
          parameters: [{ seeds: `${host}:${storage}` }]
        }
      ]
    },
    undefined,
    2
  )

const logging = `<configuration><appender name="out" class="ch.qos.logback.core.ConsoleAppender"><encoder>
<pattern>%-5level %date{ISO8601} %logger{20} - %msg%n</pattern></encoder></appender>
<root level="INFO"><appender-ref ref="out"/></root></configuration>
`

/** What Cassandra reaches into, by module. */
const opens = {
  "java.base": [
    "java.io java.lang java.lang.module java.lang.reflect java.nio java.util java.util.concurrent",
    "java.util.concurrent.atomic jdk.internal.loader jdk.internal.math jdk.internal.module jdk.internal.ref",
    "jdk.internal.reflect jdk.internal.util.jar sun.nio.ch"
  ],
  "jdk.management": ["com.sun.management.internal"],
  "java.rmi": ["sun.rmi.transport.tcp"]
}
const exported = {
  "java.base": ["jdk.internal.misc jdk.internal.ref"],
  "java.management.rmi": ["com.sun.jmx.remote.internal.rmi"],
  "java.rmi": ["sun.rmi.registry sun.rmi.server"],
  "java.sql": ["java.sql"]
}

const access = (option: string, modules: Readonly<Record<string, ReadonlyArray<string>>>): ReadonlyArray<string> =>
  Object.entries(modules).flatMap(([module, lines]) =>
    lines.flatMap((line) => line.split(" ").map((name) => `${option}=${module}/${name}=ALL-UNNAMED`))
  )

/** The agent that measures objects, without which Cassandra does not start. */
const agentIn = (libs: string): string => {
  const name = readdirSync(libs).find((file) => file.startsWith("jamm-"))
  if (name === undefined) throw new Error(`No jamm is among the jars: delete ${libs}, and start again.`)
  return join(libs, name)
}

/** Apache Cassandra: one node, which speaks the native protocol only. */
export const cassandra: Recipe<"cassandra", Use> = {
  name: "cassandra",
  ports: { native: 19042, storage: 19043 },
  fetch: (folder) => {
    java()
    return fetchJars(folder, [`org.apache.cassandra:cassandra-all:${version}`])
  },
  configure: async ({ certificates, folder, ports }) => {
    const [data, libs, conf] = [join(folder, "data"), join(folder, "libs"), join(folder, "conf")]
    rmSync(data, { recursive: true, force: true })
    mkdirSync(conf, { recursive: true })
    const files = await certificates()
    writeFileSync(join(conf, "cassandra.yaml"), configuration(ports, files), { mode: 0o600 })
    writeFileSync(join(conf, "logback.xml"), logging)
    const settings = {
      "java.security.manager": "allow",
      "cassandra.config": `file://${join(conf, "cassandra.yaml")}`,
      "cassandra.storagedir": data,
      "logback.configurationFile": join(conf, "logback.xml"),
      // A node that is alone waits for nobody.
      "cassandra.skip_wait_for_gossip_to_settle": "0",
      "cassandra.ring_delay_ms": "0",
      "cassandra.superuser_setup_delay_ms": "0"
    }
    return {
      command: java(),
      args: [
        "-Xms512m",
        "-Xmx1g",
        `-javaagent:${agentIn(libs)}`,
        ...access("--add-opens", opens),
        ...access("--add-exports", exported),
        ...Object.entries(settings).map(([name, value]) => `-D${name}=${value}`),
        "-cp",
        `${conf}:${libs}/*`,
        "org.apache.cassandra.service.CassandraDaemon"
      ],
      cwd: folder,
      stopSignal: "SIGTERM",
      version: `Apache Cassandra ${version}`,
      data: [data],
      service: { ...listener(ports.native), datacenter: "datacenter1", login, ca: files.ca }
    }
  },
  ask: ({ port }) => logIn(port, login)
}
