import { describe, expect, it } from "vitest";
import { drawFlame } from "./flame.ts";
import { drawLayers } from "./layers.ts";
import { components, levelsOf } from "./levels.ts";

interface Box {
  x: number;
  y: number;
  width: number;
}
const boxesOf = (picture: string, height: number): Box[] =>
  [
    ...picture.matchAll(
      new RegExp(`<rect x="([\\d.]+)" y="([\\d.]+)" width="([\\d.]+)" height="${height}"`, "g"),
    ),
  ].map(([, x, y, width]) => ({ x: Number(x), y: Number(y), width: Number(width) }));

describe("layers", () => {
  it("draw two hundred nodes without one over another, inside 1,200 px", () => {
    const nodes = Array.from({ length: 200 }, (_, index) => ({
      name: `node-${index}`,
      label: `a rather long label ${index}`,
      group: `g${index % 9}`,
    }));
    const ties = nodes.flatMap(({ name }, index) => [
      { from: name, to: `node-${(index * 7 + 3) % 200}` },
      { from: name, to: "node-nowhere" },
    ]);
    const picture = drawLayers(nodes, ties, { title: "200", subtitle: "" });
    const boxes = boxesOf(picture, 40).filter(({ width }) => width > 10);
    expect(boxes).toHaveLength(200);
    for (const [index, a] of boxes.entries()) {
      expect(a.x + a.width).toBeLessThanOrEqual(1200);
      for (const b of boxes.slice(index + 1))
        expect(Math.abs(a.x - b.x) >= a.width || Math.abs(a.y - b.y) >= 40).toBe(true);
    }
  });

  it("stand above what they lead to; a circle stands side by side", () => {
    const next = new Map([
      ["a", ["b"]],
      ["b", ["c"]],
      ["c", ["b", "d"]],
    ]);
    const to = (name: string) => next.get(name) ?? [];
    expect(Object.fromEntries(levelsOf(["a", "b", "c", "d"], to))).toEqual({
      a: 2,
      b: 1,
      c: 1,
      d: 0,
    });
    expect(components(["a", "b", "c", "d"], to).map((one) => one.toSorted())).toEqual([
      ["d"],
      ["b", "c"],
      ["a"],
    ]);
  });
});

describe("a flame chart", () => {
  const leaf = (label: string, total: number) => ({ label, total, children: [] });
  it("gives each frame its share, largest first, and leaves out what nobody could see", () => {
    const children = [leaf("small", 25), leaf("large <&>", 74.99), leaf("dust", 0.01)];
    const picture = drawFlame(
      { label: "all", total: 100, children },
      { title: "t", format: (total) => `${total} ms` },
    );
    const [all, large, small, ...rest] = boxesOf(picture, 19);
    expect(rest).toEqual([]);
    expect(large?.x).toBe(all?.x);
    expect((large?.width ?? 0) / (small?.width ?? 1)).toBeCloseTo(3, 1);
    expect(picture).toContain("large &lt;&amp;&gt;: 74.99 ms (75.0 %)");
  });

  it("ends for a tower of calls and for no time at all", () => {
    let tower = leaf("end", 0);
    for (let depth = 0; depth < 5_000; depth += 1)
      tower = { label: `f${depth}`, total: 0, children: [tower] } as never;
    expect(drawFlame(tower, { title: "t", format: String })).toMatch(/^<svg[\s\S]*<\/svg>$/);
  });
});
