/** Between the octets of this library and the buffers of Node. */
import type { Bytes } from "../../hpke/algorithms.ts";

/** The caller's own octets: plain, and sharing memory with nothing. */
export function own(buffer: Buffer): Bytes {
  const whole = buffer.buffer.byteLength === buffer.length;
  return whole ? new Uint8Array(buffer.buffer as ArrayBuffer) : new Uint8Array(buffer);
}

export function base64url(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("base64url");
}

export function ofBase64url(text: string | undefined): Bytes {
  return new Uint8Array(Buffer.from(text ?? "", "base64url"));
}
