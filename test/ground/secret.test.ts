import { format, inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { fromHex, toHex } from "../../src/bytes.ts";
import { dispose, Secret } from "../../src/secret.ts";
import { failure } from "../support/failure.ts";

/** Octets whose every printed form (hex, decimal, text, base64) would be recognised. */
const octets = () => Uint8Array.of(222, 173, 190, 239, 222, 173, 190, 239);
const traces = /dead|beef|222|173|190|239|3q2\+|[^\x20-\x7e\n]/i;

describe("§9.2 secrets", () => {
  it("gives the octets themselves, always the same array", () => {
    const bytes = octets();
    const secret = new Secret(bytes);
    expect(secret.bytes).toBe(bytes);
    expect(secret.bytes).toBe(secret.bytes);
    expect(secret.disposed).toBe(false);
  });

  it("a copy has memory of its own", () => {
    const bytes = octets();
    const secret = Secret.copyOf(bytes);
    bytes.fill(0);
    expect(toHex(secret.bytes)).toBe("deadbeefdeadbeef");
  });

  it("disposed, its octets are zeros and cannot be read any more", () => {
    const bytes = octets();
    const secret = new Secret(bytes);
    secret.dispose();
    expect(bytes).toEqual(new Uint8Array(8));
    expect(secret.disposed).toBe(true);
    const error = failure(() => secret.bytes);
    expect(error.code).toBe("secret.disposed");
    expect(error.class).toBe("state-refused");
  });

  it("disposing twice does not touch memory that others got since", () => {
    const bytes = octets();
    const secret = new Secret(bytes);
    secret.dispose();
    bytes.fill(7);
    secret.dispose();
    expect(toHex(bytes)).toBe("0707070707070707");
  });

  it("an empty secret is disposed like any other", () => {
    const secret = new Secret(new Uint8Array());
    secret.dispose();
    expect(failure(() => secret.bytes).code).toBe("secret.disposed");
  });

  it("all that a transition replaced is disposed at once", () => {
    const secrets = [new Secret(octets()), new Secret(octets())];
    dispose(new Set(secrets));
    expect(secrets.map((each) => each.disposed)).toEqual([true, true]);
  });
});

describe("§9.2 no secret is printed", () => {
  const secret = new Secret(octets());
  const holder = { key: secret, list: [secret], map: new Map([[secret, secret]]) };

  it.each([
    ["String", String(secret)],
    ["a template", `${secret}`],
    ["concatenation", ["", secret].join("-")],
    ["JSON.stringify", JSON.stringify(holder)],
    ["util.inspect", inspect(holder, { depth: 9 })],
    ["util.inspect with hidden properties", inspect(holder, { depth: 9, showHidden: true })],
    ["util.inspect without custom printing", inspect(holder, { depth: 9, customInspect: false, showHidden: true })],
    ["util.format", format("%s %o %O %j %d", secret, secret, secret, secret, secret)],
    ["its own properties", JSON.stringify(Reflect.ownKeys(secret).map(String))],
    ["a spread copy", JSON.stringify({ ...secret })],
    ["a structured clone", inspect(structuredClone({ ...holder, map: undefined }), { showHidden: true })],
    ["an error about it", inspect(failure(() => disposedSecret().bytes))],
  ])("%s", (_name, printed) => {
    expect(printed).not.toMatch(traces);
  });

  it("what is printed instead is recognisable", () => {
    expect([String(secret), JSON.stringify(secret), inspect(secret)]).toEqual(["[Secret]", '"[Secret]"', "[Secret]"]);
  });

  it("the expression above would see it", () => {
    for (const form of [
      toHex(octets()),
      String(octets()),
      String.fromCharCode(...octets()),
      Buffer.from(octets()).toString("base64"),
    ]) {
      expect(form).toMatch(traces);
    }
    expect(fromHex("deadbeefdeadbeef")).toEqual(octets());
  });
});

function disposedSecret(): Secret {
  const secret = new Secret(octets());
  secret.dispose();
  return secret;
}
