import { randomBytes } from "node:crypto"
import { mkdirSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fetchJars } from "../Jars.ts"
import type { Certificates, Place, Recipe } from "../Recipe.ts"
import { host, listener } from "../Service.ts"
import type { Login } from "../Service.ts"
import { call, java } from "../Tools.ts"
import { askMetadata } from "./KafkaMetadata.ts"

const version = "4.2.0"
const superuser: Login = { username: "admin", password: "admin-secret" }
const user: Login = { username: "alice", password: "alice-secret" }
const mechanisms = ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] as const

type Use = "plain" | "controller" | "secure"

const properties = (data: string, ports: Place<Use>["ports"], certificates: Certificates): string => {
  const users = [superuser, user].map((login) => `user_${login.username}="${login.password}"`).join(" ")
  const security = "org.apache.kafka.common.security"
  const settings = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "controller.quorum.voters": `1@${host}:${ports.controller}`,
    listeners: `PLAIN://${host}:${ports.plain},SECURE://${host}:${ports.secure},CONTROLLER://${host}:${ports.controller}`,
    "advertised.listeners": `PLAIN://${host}:${ports.plain},SECURE://${host}:${ports.secure}`,
    "listener.security.protocol.map": "PLAIN:PLAINTEXT,SECURE:SASL_SSL,CONTROLLER:PLAINTEXT",
    "inter.broker.listener.name": "PLAIN",
    "controller.listener.names": "CONTROLLER",
    "log.dirs": data,
    "num.partitions": "3",
    // Records that say that they are of long ago stay for as long as a test needs them.
    "log.retention.ms": "-1",
    "auto.create.topics.enable": "true",
    "offsets.topic.replication.factor": "1",
    "offsets.topic.num.partitions": "5",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "transaction.state.log.num.partitions": "5",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    "group.initial.rebalance.delay.ms": "0",
    "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
    "allow.everyone.if.no.acl.found": "true",
    "super.users": `User:ANONYMOUS;User:${superuser.username}`,
    "sasl.enabled.mechanisms": mechanisms.join(","),
    "listener.name.secure.plain.sasl.jaas.config": `${security}.plain.PlainLoginModule required ${users};`,
    "listener.name.secure.scram-sha-256.sasl.jaas.config": `${security}.scram.ScramLoginModule required;`,
    "listener.name.secure.scram-sha-512.sasl.jaas.config": `${security}.scram.ScramLoginModule required;`,
    "ssl.keystore.type": "PKCS12",
    "ssl.keystore.location": certificates.store,
    "ssl.keystore.password": certificates.password,
    "ssl.key.password": certificates.password
  }
  return Object.entries(settings)
    .map(([name, value]) => `${name}=${value}\n`)
    .join("")
}

/** Writes the metadata that a node starts with, the SCRAM users among it. */
const format = async (libs: string, file: string): Promise<void> => {
  const scram = mechanisms
    .filter((mechanism) => mechanism !== "PLAIN")
    .flatMap((mechanism) => [superuser, user].map((login) => ({ mechanism, ...login })))
    .flatMap(({ mechanism, password, username }) => [
      "--add-scram",
      `${mechanism}=[name=${username},password=${password}]`
    ])
  const tool = ["-XX:TieredStopAtLevel=1", "-cp", `${libs}/*`, "kafka.tools.StorageTool"]
  // An id may begin with a hyphen, which alone would be taken for an option.
  const id = `--cluster-id=${randomBytes(16).toString("base64url")}`
  await call(java(), [...tool, "format", id, "-c", file, ...scram])
}

/** Apache Kafka: one node that is broker and controller. */
export const kafka: Recipe<"kafka", Use> = {
  name: "kafka",
  ports: { plain: 19092, controller: 19093, secure: 19094 },
  fetch: (folder) => {
    java()
    const artifacts = [`org.apache.kafka:kafka_2.13:${version}`, `org.apache.kafka:kafka-tools:${version}`]
    // Without it Kafka's log is lost.
    return fetchJars(folder, [...artifacts, "org.slf4j:slf4j-simple:1.7.36"])
  },
  configure: async ({ certificates, folder, ports }) => {
    const [data, libs, file] = [join(folder, "data"), join(folder, "libs"), join(folder, "server.properties")]
    rmSync(data, { recursive: true, force: true })
    mkdirSync(data, { recursive: true })
    const files = await certificates()
    writeFileSync(file, properties(data, ports, files), { mode: 0o600 })
    await format(libs, file)
    return {
      command: java(),
      args: ["-Xms256m", "-Xmx512m", "-cp", `${libs}/*`, "kafka.Kafka", file],
      cwd: folder,
      stopSignal: "SIGTERM",
      version: `Apache Kafka ${version}`,
      data: [data],
      service: {
        ...listener(ports.plain),
        secure: { ...listener(ports.secure), mechanisms, superuser, user, ca: files.ca }
      }
    }
  },
  ask: ({ port }) => askMetadata(port)
}
