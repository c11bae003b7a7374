import { describe, expect, it } from "vitest";
import { noble } from "../../src/backends/noble/index.ts";
import { node } from "../../src/backends/node/index.ts";
import { wycheproof } from "../../src/vectors/wycheproof.ts";
import { pinnedFiles, publishedVectors } from "../support/vector-files.ts";
import { describeFamily } from "../support/vector-run.ts";

const postQuantum = /\/ml(kem|dsa)_/;
const files = pinnedFiles("wycheproof/");

describe("Wycheproof", () => {
  describeFamily(
    wycheproof,
    files.filter((file) => !postQuantum.test(file)),
    [noble, node],
  );

  it.each(files.filter((file) => postQuantum.test(file)))("does not claim %s", (name) => {
    const file = publishedVectors(name);
    if (file !== undefined) expect(wycheproof.recognises(file)).toBe(false);
  });
});
