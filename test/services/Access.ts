import type { Listener, Login, Services } from "./Service.ts"

/** What a person needs to know of a server to use it. */
type Described = Listener &
  Partial<Pick<Services["postgres"], "login" | "ca" | "database">> &
  Partial<Pick<Services["dynamodb"], "credentials" | "region">> &
  Partial<Pick<Services["kafka"], "secure">>

const user = ({ password, username }: Login): string => `user ${username}, password ${password}`

/** Who is let in, and where a server speaks TLS, as indented lines for people. */
export const accessLines = (service: Described): ReadonlyArray<string> => {
  const { address, ca, credentials, database, login, region, secure } = service
  const who = [
    ...(database === undefined ? [] : [`database ${database}`]),
    ...(login === undefined ? [] : [user(login)]),
    ...(credentials === undefined
      ? []
      : [`region ${region}, access key ${credentials.accessKeyId}, secret ${credentials.secretAccessKey}`]),
    ...(secure === undefined ? [] : [user(secure.superuser), user(secure.user)])
  ]
  const authority = secure?.ca ?? ca
  const tls =
    authority === undefined
      ? "no TLS"
      : `TLS at ${secure?.address ?? address}${secure === undefined ? "" : ` with SASL ${secure.mechanisms.join(", ")}`}, authority ${authority}`
  return [`  ${who.join("; ")}`, `  ${tls}`]
}
