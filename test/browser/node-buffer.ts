/** What tests use of `Buffer`: a subclass of `Uint8Array` that knows hexadecimal and base64, and finds octets in others. */
import { fromHex, toHex } from "../../src/bytes.ts";

class Octets extends Uint8Array<ArrayBuffer> {
  override toString(encoding?: "hex" | "base64" | "utf8"): string {
    if (encoding === "hex") return toHex(this);
    if (encoding === "base64") return btoa(String.fromCharCode(...this));
    return new TextDecoder().decode(this);
  }

  holds(octets: Uint8Array): boolean {
    const [first = 0] = octets;
    for (let at = this.indexOf(first); at !== -1; at = this.indexOf(first, at + 1)) {
      if (octets.every((octet, i) => this[at + i] === octet)) return true;
    }
    return false;
  }
}

/** What `Buffer` has by itself. Typed apart, because `from` takes other arguments than that of `Uint8Array`. */
const statics = {
  from: (octets: string | Uint8Array | ArrayBuffer, encoding?: string): Octets => {
    if (typeof octets !== "string") return new Octets(new Uint8Array(octets).buffer);
    if (encoding !== "hex") throw new Error(`there is no ${encoding} here`);
    return new Octets(fromHex(octets).buffer);
  },
  compare: (a: Uint8Array, b: Uint8Array): number => {
    const at = a.findIndex((octet, i) => octet !== b[i]);
    return at === -1 ? a.length - b.length : (a[at] ?? 0) - (b[at] ?? -1);
  },
};

Object.defineProperty(Octets.prototype, "includes", { value: Octets.prototype.holds });

export const Buffer: typeof Octets = Object.defineProperties(Octets, {
  from: { value: statics.from },
  compare: { value: statics.compare },
});
