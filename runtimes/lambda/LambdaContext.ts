/** What is used of the context that AWS Lambda gives to a function. */
export interface LambdaContext {
  readonly awsRequestId: string
  readonly functionName: string
  readonly invokedFunctionArn: string
  readonly memoryLimitInMB: string
  readonly getRemainingTimeInMillis: () => number
}
