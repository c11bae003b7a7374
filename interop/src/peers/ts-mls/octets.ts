/** Octets as the peer and the interface see them. */
export const base64 = (octets: Uint8Array): string => Buffer.from(octets).toString("base64");
export const sameOctets = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

/** A vector of RFC 9420 (§2.1.2) around its content. */
export function vector(content: Uint8Array): Uint8Array {
  const { length } = content;
  if (length < 0x40) return Uint8Array.of(length, ...content);
  if (length < 0x4000) return Uint8Array.of(0x40 | (length >> 8), length & 0xff, ...content);
  return Uint8Array.of(0x80 | (length >>> 24), (length >> 16) & 0xff, (length >> 8) & 0xff, length & 0xff, ...content);
}

/** What is in a vector that a peer has accepted as one. */
export function contentOf(octets: Uint8Array): Uint8Array {
  const prefix = (octets[0] ?? 0) >> 6;
  return octets.subarray(2 ** prefix);
}

/** Each ExternalSender (§12.1.8.1) of a list; a basic credential is all that this interface has. */
export function externalSendersIn(octets: Uint8Array): Uint8Array[] {
  const senders: Uint8Array[] = [];
  let rest = contentOf(octets);
  while (rest.length > 0) {
    const key = vectorLength(rest);
    const credentialType = 2;
    const length = key + credentialType + vectorLength(rest.subarray(key + credentialType));
    senders.push(rest.slice(0, length));
    rest = rest.subarray(length);
  }
  return senders;
}

/** With its prefix. */
function vectorLength(octets: Uint8Array): number {
  const prefix = 2 ** ((octets[0] ?? 0) >> 6);
  const [first = 0, ...others] = octets.subarray(0, prefix);
  return others.reduce((length, octet) => length * 256 + octet, first & 0x3f) + prefix;
}
