import { EncodeError } from "../bytes/index.ts"
import { codecOf } from "./Codec.ts"
import type { Codec } from "./Codec.ts"
import type { AnyField, Field } from "./Field.ts"
import { includesVersion } from "./VersionRange.ts"
import type { VersionRange } from "./VersionRange.ts"

/**
 * One API of Kafka's protocol: a request and its response, in all versions that are described.
 *
 * **Details**
 *
 * `advertised` is the range that the codecs cover and that a broker lists. A broker does the work of the `served` versions
 * only; the others are listed because some clients look for them, and are answered with `UNSUPPORTED_VERSION` in their
 * own layout. From `flexibleSince` on, lengths are compact and structs end with tagged fields (KIP-482).
 */
export interface Message<
  Name extends string = string,
  Request extends AnyField = AnyField,
  Response extends AnyField = AnyField
> {
  readonly name: Name
  readonly apiKey: number
  readonly advertised: VersionRange
  readonly served: VersionRange
  readonly flexibleSince: number
  readonly request: Request
  readonly response: Response
  /** The request's codec in a version, which is compiled at its first use; throws `EncodeError` outside of `advertised`. */
  readonly requestCodec: (version: number) => Codec<Request["Type"], Request["Input"]>
  /** The response's codec in a version, which is compiled at its first use; throws `EncodeError` outside of `advertised`. */
  readonly responseCodec: (version: number) => Codec<Response["Type"], Response["Input"]>
}

/** Describes an API; `served` is `advertised` unless it is given. */
export const message = <
  const Name extends string,
  RequestType,
  RequestInput,
  ResponseType,
  ResponseInput
>(description: {
  readonly name: Name
  readonly apiKey: number
  readonly advertised: readonly [min: number, max: number]
  readonly served?: readonly [min: number, max: number]
  readonly flexibleSince: number
  readonly request: Field<RequestType, RequestInput>
  readonly response: Field<ResponseType, ResponseInput>
}): Message<Name, Field<RequestType, RequestInput>, Field<ResponseType, ResponseInput>> => {
  const { name, apiKey, flexibleSince, request, response } = description
  const [min, max] = description.advertised
  const [servedMin, servedMax] = description.served ?? description.advertised
  const advertised = { min, max }
  const byVersion = <A, I>(field: Field<A, I>): ((version: number) => Codec<A, I>) => {
    const compiled: Array<Codec<A, I>> = []
    return (version) => {
      const known = compiled[version]
      if (known !== undefined) return known
      if (!includesVersion(advertised, version)) {
        const detail = `${name} is described in versions ${min} to ${max} and not in ${version}`
        throw new EncodeError({ reason: "InvalidValue", what: "apiVersion", detail })
      }
      const codec = codecOf(field, { version, flexible: version >= flexibleSince })
      compiled[version] = codec
      return codec
    }
  }
  return {
    name,
    apiKey,
    advertised,
    served: { min: servedMin, max: servedMax },
    flexibleSince,
    request,
    response,
    requestCodec: byVersion(request),
    responseCodec: byVersion(response)
  }
}
