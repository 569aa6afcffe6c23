/**
 * Calls whose worker may ask something of the client before it answers, for every pair of eras. Inside the gateway a
 * question always has the modern form, an `input_required` outcome: modern workers give it themselves, and for legacy
 * workers it is made here, with their call held open until the client comes back with answers.
 */
import type { Clock, NewId } from "../../protocol/clock.ts";
import { members, spliceMembers } from "../../protocol/raw-json.ts";
import { WIRE } from "../../protocol/wire-errors.ts";
import type { Sealer } from "../../security/index.ts";
import type { Telemetry } from "../../telemetry/index.ts";
import type { McpOutcome, McpRequest } from "../call.ts";
import { Conversation, type Answers, type Turn } from "./conversation.ts";
import { createParkingLot } from "./lot.ts";
import {
  crowdedOut,
  gone,
  invalidResponses,
  invalidState,
  missingCapabilities,
  refused,
  unsupportedAnswer,
  used,
} from "./refusals.ts";
import {
  isOurs,
  readState,
  responsesOf,
  type RequestState,
  withoutAnswers,
  writeState,
} from "./request-state.ts";
import type { Forward, Forwarded, ForwardTalking, Target } from "./talk.ts";
import { acceptedAll, urlQuestions } from "./url-first.ts";

export interface InteractiveOptions {
  forward: ForwardTalking;
  sealer: Sealer;
  clock: Clock;
  newId: NewId;
  telemetry: Telemetry;
  gatewayId: string;
  /** Calls held open at a time, and for how long each waits for its client. */
  maxParked: number;
  parkMs: number;
  /** Hands a retry to the gateway that holds the call; undefined when that gateway is gone. */
  elsewhere?: (owner: string, request: McpRequest) => Promise<McpOutcome | undefined>;
}

export interface Interactive {
  /** As `Forward`; outcomes may be `input_required`. Never rejects. */
  call: Forward;
  /** Calls held open. */
  readonly parked: number;
  /** Ends what is held open. */
  close(): void;
}

/** The only methods that may answer `input_required` (basic/patterns/mrtr). */
const MAY_ASK = new Set(["tools/call", "prompts/get", "resources/read"]);

export function createInteractive(options: InteractiveOptions): Interactive {
  return new Bridge(options);
}

class Bridge implements Interactive {
  readonly #options: InteractiveOptions;
  readonly #lot: ReturnType<typeof createParkingLot>;

  constructor(options: InteractiveOptions) {
    this.#options = options;
    const { meter } = options.telemetry;
    this.#lot = createParkingLot({
      ...options,
      onSize: (size) => meter.gauge("parked_calls", size),
    });
  }

  get parked(): number {
    return this.#lot.size;
  }

  close(): void {
    this.#lot.close();
  }

  readonly call: Forward = (request, target) => {
    const { method, params } = request;
    if (!MAY_ASK.has(method)) return this.#options.forward(request, target);
    const isFirst = params["inputResponses"] === undefined && params["requestState"] === undefined;
    return isFirst ? this.#begin(request, target, {}) : this.#retry(request, target);
  };

  async #begin(
    request: McpRequest,
    target: Target,
    given: Record<string, unknown>,
  ): Promise<Forwarded> {
    const conversation = new Conversation({
      request,
      clock: this.#options.clock,
      given,
      takePlace: (one) => this.#lot.enter(one),
    });
    const turn = await conversation.start((live, talk) =>
      this.#options.forward(live, target, talk),
    );
    return this.#settle(request, conversation, turn);
  }

  async #retry(request: McpRequest, target: Target): Promise<Forwarded> {
    const given = responsesOf(request.params);
    if (given === undefined) return refused(invalidResponses());
    const { requestState } = request.params;
    // A worker's own state: the name of what is called leads to whoever can read it.
    if (!isOurs(requestState)) {
      return Object.keys(request.inputErrors ?? {}).length > 0
        ? refused(unsupportedAnswer(request))
        : this.#begin(request, target, given);
    }
    const read = await readState(this.#options.sealer, request, requestState);
    if (!read.ok) return refused(invalidState(read.reason));
    const { state } = read;
    if (state.kind === "parked") return this.#resume(request, state, given);
    if (state.kind === "again" && !acceptedAll(state.keys, given))
      return refused(unsupportedAnswer(request));
    const params = withoutAnswers(target.params);
    const inner =
      state.kind === "inner" ? { inputResponses: given, requestState: state.state } : {};
    return this.#begin(request, { ...target, params: { ...params, ...inner } }, {});
  }

  async #resume(
    request: McpRequest,
    state: RequestState & { kind: "parked" },
    results: Record<string, unknown>,
  ): Promise<Forwarded> {
    const { gatewayId, elsewhere } = this.#options;
    if (state.owner !== gatewayId) {
      const outcome = await elsewhere?.(state.owner, request);
      return outcome === undefined ? refused(gone()) : { outcome };
    }
    const conversation = this.#lot.take(state.park, state.round);
    if (conversation === "used") return refused(used());
    if (conversation === "unknown") return refused(gone());
    const answers: Answers = { results, errors: request.inputErrors ?? {} };
    const turn = await conversation.resume(request, answers);
    return this.#settle(request, conversation, turn);
  }

  async #settle(request: McpRequest, conversation: Conversation, turn: Turn): Promise<Forwarded> {
    if (turn.kind === "asks") return { outcome: await this.#park(request, conversation) };
    this.#lot.leave(conversation);
    const { forwarded } = turn;
    const { outcome } = forwarded;
    if (outcome.kind === "input_required") {
      return { ...forwarded, outcome: await this.#wrapped(request, outcome) };
    }
    if (outcome.kind === "error" && outcome.error.code === WIRE.urlElicitationRequired) {
      return { ...forwarded, outcome: await this.#urlFirst(request, outcome) };
    }
    const instead = conversation.wasCrowdedOut
      ? crowdedOut(outcome)
      : missingCapabilities(request, conversation.refused, outcome);
    return instead === undefined ? forwarded : { ...forwarded, outcome: instead };
  }

  async #park(request: McpRequest, conversation: Conversation): Promise<McpOutcome> {
    const { gatewayId } = this.#options;
    const { park, round, expiresAtMs } = this.#lot.park(conversation);
    const questions = conversation.questions();
    conversation.rest();
    const state: RequestState = { kind: "parked", owner: gatewayId, park, round };
    return this.#asking(request, questions, { state, expiresAtMs });
  }

  async #asking(
    request: McpRequest,
    questions: ReturnType<Conversation["questions"]>,
    held: { state: RequestState; expiresAtMs: number },
  ): Promise<McpOutcome> {
    const requestState = await writeState(this.#options.sealer, request, held);
    const inputRequests = Object.fromEntries(questions);
    const result = { resultType: "input_required", inputRequests, requestState };
    return { kind: "input_required", result: { text: JSON.stringify(result) } };
  }

  /** A modern worker's state passes untouched, unless it could be taken for one of ours. */
  async #wrapped(
    request: McpRequest,
    outcome: McpOutcome & { kind: "input_required" },
  ): Promise<McpOutcome> {
    const raw = members(outcome.result.text).get("requestState");
    const inner: unknown = raw === undefined ? undefined : JSON.parse(raw);
    if (!isOurs(inner)) return outcome;
    const requestState = await writeState(this.#options.sealer, request, {
      state: { kind: "inner", state: inner },
      expiresAtMs: this.#expiresAtMs(),
    });
    const set = { requestState: JSON.stringify(requestState) };
    return {
      kind: "input_required",
      result: { text: spliceMembers(outcome.result.text, { set }) },
    };
  }

  /** 2025-11-25 refuses a call until a page was visited (-32042); the modern era asks for the visit instead. */
  async #urlFirst(
    request: McpRequest,
    outcome: McpOutcome & { kind: "error" },
  ): Promise<McpOutcome> {
    const questions = urlQuestions(request, outcome.error);
    if (questions === undefined)
      return missingCapabilities(request, ["elicitation.url"], outcome) ?? outcome;
    const state: RequestState = { kind: "again", keys: questions.map(([key]) => key) };
    return this.#asking(request, questions, { state, expiresAtMs: this.#expiresAtMs() });
  }

  #expiresAtMs(): number {
    return this.#options.clock.now() + this.#options.parkMs;
  }
}
