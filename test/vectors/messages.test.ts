import { describe, expect, it } from "vitest";
import { noble } from "../../src/backends/noble/index.ts";
import { messages } from "../../src/vectors/messages.ts";
import { publishedVectors } from "../support/vector-files.ts";
import { describeFamily, runFamily } from "../support/vector-run.ts";

const file = "mls/messages.json";

describe("[2.1-03] published messages vectors", () => {
  describeFamily(messages, [file], [noble]);

  const published = publishedVectors(file) as readonly Record<string, string>[] | undefined;
  const first = published?.[0];

  it.skipIf(first === undefined).each(Object.keys(first ?? {}))("fail when %s is changed in form", async (field) => {
    const hex = first?.[field] ?? "";
    const changed = [`${hex}00`, hex.slice(0, -2), "", "zz"];
    const run = await runFamily(
      messages,
      changed.map((value) => ({ ...first, [field]: value })),
      noble,
    );
    expect(run.passed).toBe(0);
    expect(run.failed).toHaveLength(changed.length);
  });

  it.skipIf(first === undefined)("fail when a message stands in the place of another", async () => {
    const swapped = [
      { ...first, mls_welcome: first?.mls_group_info },
      { ...first, private_message: first?.public_message_commit },
      { ...first, public_message_commit: first?.public_message_proposal },
      { ...first, public_message_application: first?.private_message },
    ];
    expect((await runFamily(messages, swapped, noble)).failed).toHaveLength(swapped.length);
  });
});
