/** A fresh process: imports one module, runs it once, and says how many ms both took. */

const [name] = process.argv.slice(2);
const start = performance.now();
const module: { readonly run: () => Promise<void> } = await import(new URL(`${name}.mjs`, import.meta.url).href);
await module.run();
process.stdout.write(`${performance.now() - start}\n`);
