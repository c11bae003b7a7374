import { describe, expect, it } from "vitest";
import { fromBase64Url, fromHex, toBase64Url } from "../../src/bytes.ts";
import { decode } from "../../src/codec/codec.ts";
import { MEDIA_TYPE, versionOfMediaType } from "../../src/wire/media-type.ts";
import { MLSMessage } from "../../src/wire/message.ts";

describe("§17.10 the media type", () => {
  const welcome = fromHex("0001" + "0003" + "0001" + "00" + "00");

  it("is that of MLS 1.0, which all messages here are of", () => {
    expect(MEDIA_TYPE).toBe("message/mls");
    expect(versionOfMediaType(MEDIA_TYPE)).toBe("1.0");
    expect(decode(MLSMessage, welcome).version).toBe("mls10");
  });

  it.each([
    ["message/mls", "1.0"],
    [" Message/MLS ", "1.0"],
    ["message/mls; version=1.0", "1.0"],
    ["message/mls;VERSION=2.13", "2.13"],
    ['message/mls ; charset=utf-8 ; version="1.1"', "1.1"],
    ["message/mls;", "1.0"],
    ["message/mls;; ;version=1.0 ;", "1.0"],
    ['message/mls; foo="a;b"', "1.0"],
    ['message/mls; foo="a; version=3.0"; version=2.0', "2.0"],
    [String.raw`message/mls; foo="say \"hi\"; now"; version="1\.1"`, "1.1"],
  ])("may have a version: %s", (text, version) => {
    expect(versionOfMediaType(text)).toBe(version);
  });

  it.each([
    "",
    "message/mlst",
    "application/mls",
    "text/plain; x=message/mls",
    "message/mls, message/mls",
    "message/mls; version",
    "message/mls; version=",
    "message/mls; version=1",
    "message/mls; version=one.zero",
    "message/mls; version = 1.0",
    "message/mls; version=1.0; version=1.0",
    'message/mls; version="1.0',
    String.raw`message/mls; version="1.0\"`,
    'message/mls; foo="a"b; version=1.0',
    "message/mls; version=1.0 x",
  ])("is not that of something else: %s", (text) => {
    expect(versionOfMediaType(text)).toBeUndefined();
  });

  it("goes with a text for the message, through JSON and structured clones", () => {
    const envelope = { type: MEDIA_TYPE, body: toBase64Url(welcome) };
    for (const arrived of [JSON.parse(JSON.stringify(envelope)), structuredClone(envelope)]) {
      expect(versionOfMediaType(arrived.type)).toBe("1.0");
      expect(fromBase64Url(arrived.body)).toEqual(welcome);
    }
  });
});
