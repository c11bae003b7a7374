/** All sentences: one row for each code, and no row without a code, as the type demands. */

import type { CODES } from "../error-codes.ts";
import { INVALID_GROUPS } from "./invalid-groups.ts";
import { INVALID_MEMBERS } from "./invalid-members.ts";
import { MALFORMED } from "./malformed.ts";
import type { Row } from "./row.ts";
import { INTERNAL, STALE, USAGE } from "./stale-and-usage.ts";

type Table = { readonly [R in keyof typeof CODES]: Readonly<Record<keyof (typeof CODES)[R], Row>> };

export const SENTENCES: Table = {
  malformed: MALFORMED,
  invalid: { ...INVALID_MEMBERS, ...INVALID_GROUPS },
  stale: STALE,
  usage: USAGE,
  internal: INTERNAL,
};
