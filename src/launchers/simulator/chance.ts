/** Chance from a seed, and the few distributions a simulation draws from. */
import type { Random } from "../../protocol/clock.ts";

/** Inclusive bounds in milliseconds. */
export type Range = readonly [fromMs: number, toMs: number];

/** The same seed gives the same numbers on every machine. A Weyl sequence through a 32-bit mixing function. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x9e37_79b9) >>> 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0_aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a_2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 0x1_0000_0000;
  };
}

export function within([fromMs, toMs]: Range, random: Random): number {
  return fromMs + (toMs - fromMs) * random();
}

/** Time to the next of events that come by chance, on average every `meanMs`. */
export function exponential(meanMs: number, random: Random): number {
  return -meanMs * Math.log(1 - random());
}
