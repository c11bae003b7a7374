/** Two ways to take the time, in ms. */

/** "wall", or "cpu": that of all threads of this process, collection and compilation included. */
export function clockOf(name: string): () => number {
  return name === "cpu" ? cpuTime : () => performance.now();
}

function cpuTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
