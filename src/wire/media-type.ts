/** §17.10: the media type of an encoded MLSMessage, and what a Content-Type says of one. */

/** §17.10: the media type of an encoded MLSMessage. Without a `version` parameter it is that of MLS 1.0. */
export const MEDIA_TYPE = "message/mls";

/**
 * The version that a Content-Type (RFC 9110 §8.3) states of an MLS message, "1.0" if it states none; `undefined` if it is
 * of something else, or malformed. Where the message itself has another version, that one counts.
 */
export function versionOfMediaType(contentType: string): string | undefined {
  const [type = "", ...parameters] = contentType.split(";").map((part) => part.trim());
  if (type.toLowerCase() !== MEDIA_TYPE) return undefined;
  const versions: string[] = [];
  for (const parameter of parameters.filter((part) => part !== "")) {
    const [, name, quoted, token] = PARAMETER.exec(parameter) ?? [];
    if (name === undefined) return undefined;
    if (name.toLowerCase() === "version") versions.push(quoted ?? token ?? "");
  }
  const [version = "1.0"] = versions;
  return versions.length < 2 && /^[0-9]+\.[0-9]+$/.test(version) ? version : undefined;
}

const PARAMETER = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+)=(?:"([^"\\]*)"|([!#$%&'*+.^_`|~0-9A-Za-z-]+))$/;
