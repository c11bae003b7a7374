/** Codes of what is not what it claims to be (§2.1, §6, §13). */

import { afterFix, never, type Rows } from "./row.ts";

const drop = never("Drop the input; nothing has changed. `copath inspect` shows the octets around the place.");
const dropMessage = never("Drop the message; nothing has changed. Its sender is faulty or hostile.");
const damaged = never("Restore from an older snapshot, or let the member join again by an external commit.");

export const MALFORMED = {
  "input.not_base64url": [
    "Base64url without padding has letters, digits, `-` and `_`, and no bits that say nothing.",
    never("Drop the text. Padded or ordinary base64 has to be converted first."),
  ],
  "codec.truncated": ["The input ends only after all of its fields.", drop],
  "codec.trailing_bytes": ["A complete object takes up all octets of its input.", drop],
  "codec.non_minimal_length": ["A length is written in the shortest of its three forms.", drop],
  "codec.invalid_length_prefix": ["A length never starts with the two bits 11.", drop],
  "codec.partial_element": ["The elements of a vector fill it exactly, and each lies wholly inside it.", drop],
  "codec.presence_octet": ["The octet before an optional value is 0 or 1.", drop],
  "codec.undefined_value": ["An enumeration has only the values that the protocol defines.", drop],
  "codec.too_deep": [
    "No struct of the protocol nests vectors as deeply as this input.",
    never("Drop the input. It was made to exhaust whoever reads it."),
  ],
  "codec.limit": [
    "What is decoded stays within limits of size and number, checked before memory is taken.",
    afterFix("Drop the input, or raise `maxLength` or `maxElements` if objects of this size are expected."),
  ],
  "codec.unsupported": [
    "A version, wire format, credential or proposal that nobody here knows has no readable end.",
    afterFix("Drop the input, or use an application or version that knows this type: its registry entry tells which."),
  ],
  "codec.custom_body": [
    "The body of a type that the application registered is what its codec reads.",
    afterFix("Drop the input, unless the cause shows that the registered codec itself is at fault."),
  ],
  "content.application_in_public": ["Application data travels in private messages only.", dropMessage],
  "content.padding_not_zero": ["The padding of a private message is all zeros.", dropMessage],
  "content.sender_type_forbidden": [
    "Each kind of sender may send only some contents, and only in some wire formats.",
    dropMessage,
  ],
  "extensions.duplicate": ["A list of extensions has each type once.", drop],
  "extensions.limit": ["A list has no more extensions than can be read together with all other members'.", drop],
  "credential.certificate_limit": [
    "A credential has no more certificates than can be read together with all other members'.",
    drop,
  ],
  "message.wrong_wire_format": [
    "This function takes messages of certain wire formats only.",
    afterFix("Hand the message to the function for its wire format; `peek` tells which it has."),
  ],
  "snapshot.damaged": ["A snapshot is restored only if it is whole and its parts agree with each other.", damaged],
  "snapshot.version": [
    "A snapshot names the version of its format, and this one is not known here.",
    afterFix("Restore it with the version of this package that wrote it, or a later one."),
  ],
  "snapshot.wrong_kind": [
    "A member's state, an observer's, and the changes of each are restored by the function for their kind.",
    afterFix("Hand the octets to the function that belongs to the one that made them."),
  ],
} as const satisfies Rows<"malformed">;
