/** Credentials of AWS, as its SDK has them. */
export interface AwsCredentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
}

/**
 * Gives the credentials that Lambda puts into a function's environment.
 *
 * **When to use**
 *
 * In a bundle for Lambda it takes the place of the SDK's own search for credentials (`@aws-sdk/credential-provider-node`), which
 * looks at files, at single sign-on and at other services, and is a sixth of the bundle.
 */
export const defaultProvider = () => (): Promise<AwsCredentials> => {
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = process.env
  if (AWS_ACCESS_KEY_ID === undefined || AWS_SECRET_ACCESS_KEY === undefined) {
    const missing = new Error("AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set, as Lambda sets them.")
    missing.name = "CredentialsProviderError"
    return Promise.reject(missing)
  }
  return Promise.resolve({
    accessKeyId: AWS_ACCESS_KEY_ID,
    secretAccessKey: AWS_SECRET_ACCESS_KEY,
    ...(AWS_SESSION_TOKEN === undefined ? {} : { sessionToken: AWS_SESSION_TOKEN })
  })
}
