import { Client } from "cassandra-driver"
const c = new Client({
  contactPoints: ["127.0.0.1:19042"],
  localDataCenter: "elsewhere",
  credentials: { username: "cassandra", password: "cassandra" }
})
await c.connect().catch((e) => console.log(e.name, e.message, e.innerErrors))
console.log(c.hosts.values().map((h) => h.datacenter))
await c.shutdown()
