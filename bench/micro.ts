export async function runMicro(..._a: unknown[]): Promise<void> {}
