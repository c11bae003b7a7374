/** §17.10: the media type of an encoded MLSMessage, and what a Content-Type says of one. */

/** §17.10: the media type of an encoded MLSMessage. Without a `version` parameter it is that of MLS 1.0. */
export const MEDIA_TYPE = "message/mls";

/**
 * The version that a Content-Type (RFC 9110 §8.3) states of an MLS message, "1.0" if it states none; `undefined` if it is
 * of something else, or malformed. Where the message itself has another version, that one counts.
 */
export function versionOfMediaType(contentType: string): string | undefined {
  const text = contentType.trim();
  const [type = ""] = text.split(";", 1);
  if (type.trim().toLowerCase() !== MEDIA_TYPE) return undefined;
  const rest = text.slice(type.length);
  const parameters = [...rest.matchAll(PARAMETER)];
  if (parameters.map(([parameter]) => parameter).join("") !== rest) return undefined;
  const versions = parameters
    .filter(([, name]) => name?.toLowerCase() === "version")
    .map(([, , quoted, token]) => quoted?.replace(/\\(.)/g, "$1") ?? token);
  const [version = "1.0"] = versions;
  return versions.length < 2 && /^[0-9]+\.[0-9]+$/.test(version) ? version : undefined;
}

/** RFC 9110 §5.6.6: what stands in quotes may hold a semicolon, and pairs with a backslash (§5.6.4). */
const PARAMETER =
  /[ \t]*;[ \t]*(?:([!#$%&'*+.^_`|~0-9A-Za-z-]+)=(?:"((?:[^"\\]|\\.)*)"|([!#$%&'*+.^_`|~0-9A-Za-z-]+)))?/gy;
