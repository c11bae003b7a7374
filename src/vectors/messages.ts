/**
 * The `messages` vectors of the MLS working group: every struct that travels, one case per collection. A field holds
 * when its octets decode to the struct it is named after and the struct encodes to the same octets.
 */

import { fromHex } from "../bytes.ts";
import { type Codec, decode, encode } from "../codec/codec.ts";
import { Commit } from "../wire/commit.ts";
import type { FramedContent } from "../wire/framed-content.ts";
import { MLSMessage } from "../wire/message.ts";
import { Add, ExternalInit, GroupContextExtensions, PreSharedKey, ReInit, Remove, Update } from "../wire/proposal.ts";
import { RatchetTreeNodes } from "../wire/ratchet-tree.ts";
import { GroupSecrets } from "../wire/welcome.ts";
import { expectBytes, expectSame, isListOf, type VectorFamily } from "./family.ts";

type Check = (field: string, octets: Uint8Array) => void;

const CHECKS: Readonly<Record<string, Check>> = {
  mls_welcome: message("mls_welcome"),
  mls_group_info: message("mls_group_info"),
  mls_key_package: message("mls_key_package"),
  ratchet_tree: struct(RatchetTreeNodes),
  group_secrets: struct(GroupSecrets),
  add_proposal: struct(Add),
  update_proposal: struct(Update),
  remove_proposal: struct(Remove),
  pre_shared_key_proposal: struct(PreSharedKey),
  re_init_proposal: struct(ReInit),
  external_init_proposal: struct(ExternalInit),
  group_context_extensions_proposal: struct(GroupContextExtensions),
  commit: struct(Commit),
  public_message_application: publicMessage("application"),
  public_message_proposal: publicMessage("proposal"),
  public_message_commit: publicMessage("commit"),
  private_message: message("mls_private_message"),
};

export const messages: VectorFamily = {
  name: "messages",
  recognises: (file) => isListOf(file, ...Object.keys(CHECKS)),
  *cases(file) {
    for (const [index, vector] of (file as readonly Record<string, string>[]).entries()) {
      yield { name: `${index}`, suite: undefined, run: async () => checkAll(vector) };
    }
  },
};

function checkAll(vector: Record<string, string>): "passed" {
  for (const [field, check] of Object.entries(CHECKS)) check(field, fromHex(vector[field] ?? ""));
  return "passed";
}

function struct(codec: Codec<unknown>): Check {
  return (field, octets) => {
    roundTrip(codec, field, octets);
  };
}

function message(wireFormat: MLSMessage["wireFormat"]): Check {
  return (field, octets) =>
    expectSame(`${field}.wire_format`, roundTrip(MLSMessage, field, octets).wireFormat, wireFormat);
}

function publicMessage(contentType: FramedContent["contentType"]): Check {
  return (field, octets) => {
    const decoded = roundTrip(MLSMessage, field, octets);
    const content = decoded.wireFormat === "mls_public_message" ? decoded.publicMessage.content : undefined;
    expectSame(`${field}.content_type`, content?.contentType, contentType);
  };
}

function roundTrip<T>(codec: Codec<T>, field: string, octets: Uint8Array): T {
  const value = decode(codec, octets);
  expectBytes(field, encode(codec, value), octets);
  return value;
}
