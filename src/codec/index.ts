/** The presentation language of §2.1, by itself: `copath/codec`. */

export { type Codec, copyOf, decode, encode, type Infer, type InferUnion, within } from "./codec.ts";
export {
  absent,
  constant,
  enumeration,
  fixed,
  named,
  type OptionalCodec,
  opaque,
  optional,
  registry,
  uint8,
  uint16,
  uint32,
  uint64,
  type VectorCodec,
  vector,
} from "./presentation.ts";
export {
  type BodyCodec,
  type CustomBodies,
  DEFAULT_LIMITS,
  type DecodeLimits,
  type DecodeOptions,
  Reader,
} from "./reader.ts";
export {
  type CustomValue,
  type Field,
  type Fields,
  octetsOf,
  openVariant,
  type StructCodec,
  struct,
  type VariantCodec,
  type VariantShape,
  variant,
} from "./struct.ts";
export { MAX_VECTOR_LENGTH, Writer } from "./writer.ts";
