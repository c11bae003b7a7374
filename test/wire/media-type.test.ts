import { describe, expect, it } from "vitest";
import { fromBase64Url, fromHex, toBase64Url } from "../../src/bytes.ts";
import { decode } from "../../src/codec/codec.ts";
import { MEDIA_TYPE, versionOfMediaType } from "../../src/wire/media-type.ts";
import { MLSMessage } from "../../src/wire/message.ts";
import { failure } from "../support/failure.ts";

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
    ["message/mls;; ;version=1.1", "1.1"],
    ["\tmessage/mls\t;\tversion=1.1\t", "1.1"],
    ['message/mls; x="a;b"', "1.0"],
    ['message/mls; x="; version=7.7"; version=1.1', "1.1"],
    ['message/mls; x="\\"; version=7.7; y=\\\\";version=1.1', "1.1"],
    ['message/mls; version="1\\.1"', "1.1"],
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
    'message/mls; version="1.0\\"',
    'message/mls; version="1.0"1',
    'message/mls; x="a\nb"',
    'message/mls; x="a\\\nb"',
    "message/mls\n",
    "message/mls;\nversion=1.0",
    "\u00a0message/mls",
    "message/mls;\u00a0version=1.0",
    "message/mls; version=1.0\u00a0",
  ])("is not that of something else: %s", (text) => {
    expect(versionOfMediaType(text)).toBeUndefined();
  });

  it.each([null, undefined, 1, {}, ["message/mls"]])("is a text: %s", (value) => {
    expect(failure(() => versionOfMediaType(value as never)).code).toBe("input.invalid");
  });

  it("goes with a text for the message, through JSON and structured clones", () => {
    const envelope = { type: MEDIA_TYPE, body: toBase64Url(welcome) };
    for (const arrived of [JSON.parse(JSON.stringify(envelope)), structuredClone(envelope)]) {
      expect(versionOfMediaType(arrived.type)).toBe("1.0");
      expect(fromBase64Url(arrived.body)).toEqual(welcome);
    }
  });
});
