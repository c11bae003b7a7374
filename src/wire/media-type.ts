/** §17.10: the media type of an encoded MLSMessage, and what a Content-Type says of one. */

import { UsageError } from "../errors.ts";

/** §17.10: the media type of an encoded MLSMessage. Without a `version` parameter it is that of MLS 1.0. */
export const MEDIA_TYPE = "message/mls";

/**
 * The version that a Content-Type (RFC 9110 §8.3) states of an MLS message, "1.0" if it states none; `undefined` if it is
 * of something else, or malformed. Where the message itself has another version, that one counts.
 *
 * @throws UsageError `input.invalid` if it is no text
 */
export function versionOfMediaType(contentType: string): string | undefined {
  if (typeof contentType !== "string")
    throw new UsageError("input.invalid", { input: "text", type: typeof contentType });
  const [type] = TYPE.exec(contentType) ?? [];
  if (type === undefined) return undefined;
  const versions: string[] = [];
  let rest = contentType.slice(type.length);
  for (const [{ length }, name, quoted, token] of rest.matchAll(PARAMETER)) {
    if (name?.toLowerCase() === "version") versions.push(quoted?.replace(QUOTED_PAIR, "$1") ?? token ?? "");
    rest = rest.slice(length);
  }
  const [version = "1.0"] = versions;
  return WHITE_SPACE.test(rest) && versions.length < 2 && /^[0-9]+\.[0-9]+$/.test(version) ? version : undefined;
}

const TYPE = /^[ \t]*message\/mls/i;
/** RFC 9110 §5.6.6, one after the other: each may be empty, or have a quoted string (§5.6.4) for its value. */
const PARAMETER =
  /[ \t]*;[ \t]*(?:([!#$%&'*+.^_`|~0-9A-Za-z-]+)=(?:"([\t !#-[\]-~\u0080-\u00ff]*(?:\\[\t -~\u0080-\u00ff][\t !#-[\]-~\u0080-\u00ff]*)*)"|([!#$%&'*+.^_`|~0-9A-Za-z-]+)))?/gy;
const QUOTED_PAIR = /\\(.)/g;
/** RFC 9110 §5.6.3. */
const WHITE_SPACE = /^[ \t]*$/;
