/** Pictures for tool results, as SVG text: legible at 1,200 wide, on an own light ground. */
export { drawFlame } from "./flame.ts";
export type { FlameOptions, Frame } from "./flame.ts";
export { MAX_LAYER_NODES, drawLayers } from "./layers.ts";
export type { LayerNode, LayerOptions, LayerTie } from "./layers.ts";
export { components, levelsOf } from "./levels.ts";
export {
  COLOURS,
  GROUND,
  INK,
  LINE,
  MUTED,
  escapeXml,
  fit,
  svg,
  textTag,
  textWidth,
} from "./svg.ts";
export type { TextOptions } from "./svg.ts";
