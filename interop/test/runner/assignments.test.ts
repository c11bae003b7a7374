import { describe, expect, it } from "vitest";
import { allCastings, type Casting, castings } from "../../src/runner/assignments.ts";

const sampling = { limit: 64, seed: 1, fill: false };

function meetings(all: readonly Casting[], actors: number): number {
  const met = new Set<string>();
  for (const casting of all) {
    for (let a = 0; a < actors; a++)
      for (let b = a + 1; b < actors; b++) met.add(`${a} ${b} ${casting[a]} ${casting[b]}`);
  }
  return met.size;
}

describe("assignments of clients to actors", () => {
  it("are all of them, in order, where the limit allows it", () => {
    expect([...castings({ actors: 2, clients: 2 }, sampling)]).toEqual([
      [0, 0],
      [0, 1],
      [1, 0],
      [1, 1],
    ]);
    expect([...castings({ actors: 6, clients: 2 }, sampling)]).toHaveLength(64);
    expect([...castings({ actors: 3, clients: 4 }, sampling)]).toHaveLength(64);
    expect([...castings({ actors: 5, clients: 1 }, sampling)]).toEqual([[0, 0, 0, 0, 0]]);
    expect([...castings({ actors: 5, clients: 0 }, sampling)]).toEqual([]);
  });

  it("hold each client alone and all pairs of actors in all pairs of clients, where they are a sample", () => {
    for (const [actors, clients] of [
      [7, 2],
      [5, 3],
      [4, 4],
      [12, 3],
      [9, 5],
    ] as const) {
      const sample = [...castings({ actors, clients }, sampling)];
      expect(sample.length).toBeLessThanOrEqual(64);
      expect(meetings(sample, actors)).toBe(((actors * (actors - 1)) / 2) * clients * clients);
      for (let client = 0; client < clients; client++) expect(sample[client]).toEqual(new Array(actors).fill(client));
      expect(new Set(sample.map(String)).size).toBe(sample.length);
    }
  });

  it("are the same for the same seed, and others for another one", () => {
    const extent = { actors: 10, clients: 3 };
    expect([...castings(extent, sampling)]).toEqual([...castings(extent, sampling)]);
    expect([...castings(extent, sampling)]).not.toEqual([...castings(extent, { ...sampling, seed: 2 })]);
  });

  it("go on up to the limit when that is asked for, without repetition", () => {
    const sample = [...castings({ actors: 7, clients: 2 }, { ...sampling, limit: 100, fill: true })];
    expect(sample).toHaveLength(100);
    expect(new Set(sample.map(String)).size).toBe(100);
  });

  it("are a short sample for 840 actors, and come one by one", () => {
    const sample = [...castings({ actors: 840, clients: 2 }, sampling)];
    expect(sample.length).toBeLessThanOrEqual(32);
    expect(meetings(sample, 840)).toBe(((840 * 839) / 2) * 4);
    const [first] = castings({ actors: 840, clients: 3 }, sampling);
    expect(first).toHaveLength(840);
    expect(allCastings({ actors: 840, clients: 3 }).next().value).toHaveLength(840);
  });

  it("stay within a limit that is too small for all pairs", () => {
    expect([...castings({ actors: 840, clients: 2 }, { ...sampling, limit: 4 })]).toHaveLength(4);
    expect([...castings({ actors: 9, clients: 3 }, { ...sampling, limit: 1 })]).toHaveLength(1);
  });
});
