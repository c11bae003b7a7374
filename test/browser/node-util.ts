/** What tests use of `node:util`: a text of everything that can be reached from a value, to look for what must not be. */

const CUSTOM = Symbol.for("nodejs.util.inspect.custom");

interface InspectOptions {
  readonly customInspect?: boolean;
}

export function inspect(value: unknown, options: InspectOptions = {}): string {
  return textOf(value, options.customInspect !== false, []);
}

/** What JavaScript would make of it, and all that `inspect` finds. */
export function format(template: string, ...values: readonly unknown[]): string {
  return [template, ...values.flatMap((value) => [String(value), JSON.stringify(value), inspect(value)])].join(" ");
}

function textOf(value: unknown, custom: boolean, above: readonly unknown[]): string {
  if ((typeof value !== "object" && typeof value !== "function") || value === null) return String(value);
  if (above.includes(value)) return "[Circular]";
  const within = (each: unknown): string => textOf(each, custom, [...above, value]);
  const own = (value as { readonly [CUSTOM]?: unknown })[CUSTOM];
  if (custom && typeof own === "function") return within(own.call(value, 9, {}, inspect));
  if (ArrayBuffer.isView(value))
    return `${value.constructor.name}(${value.byteLength}) [ ${contents(value).join(", ")} ]`;
  const name = value instanceof Error ? String(value) : (value.constructor?.name ?? "null");
  const entries = value instanceof Map || value instanceof Set ? [...value].map(within) : [];
  const properties = Reflect.ownKeys(value).map((key) => `${String(key)}: ${within(Reflect.get(value, key))}`);
  return `${name} { ${[...entries, ...properties].join(", ")} }`;
}

function contents({ buffer, byteOffset, byteLength }: ArrayBufferView): number[] {
  return [...new Uint8Array(buffer, byteOffset, byteLength)];
}
