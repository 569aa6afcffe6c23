import fc from "fast-check";
import { expect, test } from "vitest";
import { createBag } from "./bag.ts";

test("holds exactly what was added and not removed, each once, whatever the order", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.boolean(), fc.nat())), (steps) => {
      const bag = createBag<string>();
      const held = new Map<string, number>();
      for (const [index, [adds, pick]] of steps.entries()) {
        const names = [...held.keys()];
        const name = names[pick % names.length];
        if (adds || name === undefined) held.set(`item ${index}`, bag.add(`item ${index}`));
        else {
          const place = held.get(name) ?? -1;
          expect(bag.remove(place)).toBe(name);
          expect(bag.remove(place)).toBeUndefined();
          held.delete(name);
        }
        expect(bag.size).toBe(held.size);
        expect(new Set(bag)).toEqual(new Set(held.keys()));
        for (const [one, place] of held) expect(bag.at(place)).toBe(one);
      }
    }),
  );
});
