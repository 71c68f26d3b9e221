// What this adapter uses of its driver, by name, so that a bundler gives it to the adapter as Node does.
export { Client, policies, types } from "cassandra-driver"
