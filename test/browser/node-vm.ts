/** What tests use of `node:vm`: a value of another realm, which here is that of a frame. */
export function runInNewContext(code: string): unknown {
  const frame = document.createElement("iframe");
  document.body.append(frame);
  return (frame.contentWindow as unknown as { eval(code: string): unknown }).eval(code);
}
