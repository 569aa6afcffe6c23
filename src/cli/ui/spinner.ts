/** One line on stderr that says what is being waited for; a terminal's alone, and gone without a trace. */
import type { Clock, Timer } from "../../protocol/index.ts";
import type { Sink } from "../io.ts";
import type { Paint } from "./paint.ts";
import { fit } from "./text.ts";

export interface Spinner {
  say(text: string): void;
  /** Idempotent; clears the line. */
  stop(): void;
}

const FRAMES = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
/** What ends sooner shows nothing: a flicker tells nobody anything. */
const SHOW_AFTER_MS = 250;
const FRAME_MS = 80;

export function createSpinner(deps: { sink: Sink; paint: Paint; clock: Clock }): Spinner {
  const { sink, paint, clock } = deps;
  let text = "";
  let frame = 0;
  let timer: Timer | undefined;
  let drawn = false;
  let stopped = !sink.isTTY;
  const draw = (): void => {
    const mark = FRAMES[frame++ % FRAMES.length] ?? "";
    sink.write(`\r\u001B[2K${paint.busy(mark)} ${paint.dim(fit(text, sink.columns - 3))}`);
    drawn = true;
    timer = clock.after(FRAME_MS, draw);
  };
  return {
    say(words) {
      text = words;
      if (!stopped) timer ??= clock.after(SHOW_AFTER_MS, draw);
    },
    stop() {
      stopped = true;
      timer?.cancel();
      if (drawn) sink.write("\r\u001B[2K");
      drawn = false;
    },
  };
}
