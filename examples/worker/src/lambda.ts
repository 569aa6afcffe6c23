/** For AWS Lambda: a function URL or API Gateway with response streaming. Without it, use `lambdaHandler`. */
import { streamingLambdaHandler } from "flotilla/worker";
import { worker } from "./worker.ts";

export const handler = streamingLambdaHandler(worker);
