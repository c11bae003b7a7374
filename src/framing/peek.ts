/**
 * §6, for those who carry messages and hold no keys: which group, epoch and kind a message claims to be of. Nothing
 * read here is authenticated, and what stands behind it in the message is not looked at.
 */

import { isBytes } from "../bytes.ts";
import { type Infer, within } from "../codec/codec.ts";
import { opaque, uint64, vector } from "../codec/presentation.ts";
import { DEFAULT_LIMITS, type DecodeLimits, Reader } from "../codec/reader.ts";
import { variant } from "../codec/struct.ts";
import { Sender } from "../wire/framed-content.ts";
import type { MLSMessage } from "../wire/message.ts";
import { CipherSuiteValue, ContentType, mls10, ProtocolVersion, WireFormat } from "../wire/registries.ts";
import { EncryptedGroupSecrets } from "../wire/welcome.ts";

const messageHead = variant("MLSMessage", {
  head: { version: mls10 },
  select: "wireFormat",
  from: WireFormat,
  cases: {
    mls_public_message: {
      groupId: opaque,
      epoch: uint64,
      sender: Sender,
      authenticatedData: opaque,
      contentType: ContentType,
    },
    mls_private_message: { groupId: opaque, epoch: uint64, contentType: ContentType, authenticatedData: opaque },
    mls_welcome: { cipherSuite: CipherSuiteValue, secrets: vector(EncryptedGroupSecrets) },
    mls_group_info: { version: mls10, cipherSuite: CipherSuiteValue, groupId: opaque, epoch: uint64 },
    mls_key_package: { protocolVersion: ProtocolVersion, cipherSuite: CipherSuiteValue },
  },
});

/** What can be read of a message by everyone, by its wire format. `secrets` of a Welcome name its receivers. */
export type MessageHead = Infer<typeof messageHead>;

/**
 * The head of an encoded or decoded MLSMessage. Octet strings in it are views.
 *
 * @throws MalformedError `codec.*`, with the field's path, if the head itself is malformed
 */
export function peek(message: Uint8Array | MLSMessage, limits: Partial<DecodeLimits> = {}): MessageHead {
  if (!isBytes(message)) return headOf(message);
  try {
    return messageHead.read(Reader.over(message, { ...DEFAULT_LIMITS, ...limits }));
  } catch (error) {
    throw within(messageHead.name, error);
  }
}

function headOf(message: MLSMessage): MessageHead {
  const { version } = message;
  switch (message.wireFormat) {
    case "mls_public_message": {
      const { groupId, epoch, sender, authenticatedData, contentType } = message.publicMessage.content;
      return { version, wireFormat: message.wireFormat, groupId, epoch, sender, authenticatedData, contentType };
    }
    case "mls_private_message": {
      const { groupId, epoch, contentType, authenticatedData } = message.privateMessage;
      return { version, wireFormat: message.wireFormat, groupId, epoch, contentType, authenticatedData };
    }
    case "mls_welcome": {
      const { cipherSuite, secrets } = message.welcome;
      return { version, wireFormat: message.wireFormat, cipherSuite, secrets };
    }
    case "mls_group_info": {
      const { cipherSuite, groupId, epoch } = message.groupInfo.groupContext;
      return { version, wireFormat: message.wireFormat, cipherSuite, groupId, epoch };
    }
    case "mls_key_package": {
      const { version: protocolVersion, cipherSuite } = message.keyPackage;
      return { version, wireFormat: message.wireFormat, protocolVersion, cipherSuite };
    }
  }
}
