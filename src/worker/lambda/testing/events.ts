/** Events as AWS documents them, complete, for a POST to `/mcp`. The types are those of `@types/aws-lambda`. */
import type { ALBEvent, APIGatewayProxyEvent, APIGatewayProxyEventV2, Context } from "aws-lambda";
import { toBase64 } from "../../base64.ts";

type Headers = Record<string, string>;

/** HTTP API, payload 2.0; a function URL's differs in its domain and has no route key of its own. */
export function httpApiEvent(
  headers: Headers,
  body: string,
  { stage = "$default", isFunctionUrl = false } = {},
): APIGatewayProxyEventV2 {
  const host = isFunctionUrl
    ? "abcdefghij.lambda-url.eu-west-1.on.aws"
    : "a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com";
  const rawPath = stage === "$default" ? "/mcp" : `/${stage}/mcp`;
  return {
    version: "2.0",
    routeKey: isFunctionUrl ? "$default" : "POST /mcp",
    rawPath,
    rawQueryString: "",
    headers: {
      "content-length": String(body.length),
      host,
      "x-amzn-trace-id": "Root=1-6710b1a4-1d4f3a9e0c7f5b2a6e8d9c01",
      "x-forwarded-for": "203.0.113.9",
      "x-forwarded-port": "443",
      "x-forwarded-proto": "https",
      ...headers,
    },
    requestContext: {
      accountId: isFunctionUrl ? "anonymous" : "123456789012",
      apiId: host.split(".")[0] ?? "",
      domainName: host,
      domainPrefix: host.split(".")[0] ?? "",
      http: {
        method: "POST",
        path: rawPath,
        protocol: "HTTP/1.1",
        sourceIp: "203.0.113.9",
        userAgent: "node",
      },
      requestId: "JKJaXmPLvHcESHA=",
      routeKey: isFunctionUrl ? "$default" : "POST /mcp",
      stage,
      time: "24/Nov/2026:15:00:00 +0000",
      timeEpoch: 1_795_532_400_000,
    },
    body,
    isBase64Encoded: false,
  };
}

/** REST API, Lambda proxy integration (payload 1.0). */
export function restApiEvent(headers: Headers, body: string): APIGatewayProxyEvent {
  const sent: Headers = {
    Host: "a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com",
    "X-Forwarded-For": "203.0.113.9",
    ...Object.fromEntries(Object.entries(headers).map(([name, value]) => [titled(name), value])),
  };
  return {
    resource: "/{proxy+}",
    path: "/mcp",
    httpMethod: "POST",
    headers: sent,
    multiValueHeaders: multi(sent),
    queryStringParameters: null,
    multiValueQueryStringParameters: null,
    pathParameters: { proxy: "mcp" },
    stageVariables: null,
    requestContext: {
      accountId: "123456789012",
      apiId: "a1b2c3d4e5",
      authorizer: null,
      protocol: "HTTP/1.1",
      httpMethod: "POST",
      identity: {
        accessKey: null,
        accountId: null,
        apiKey: null,
        apiKeyId: null,
        caller: null,
        clientCert: null,
        cognitoAuthenticationProvider: null,
        cognitoAuthenticationType: null,
        cognitoIdentityId: null,
        cognitoIdentityPoolId: null,
        principalOrgId: null,
        sourceIp: "203.0.113.9",
        user: null,
        userAgent: "node",
        userArn: null,
      },
      path: "/prod/mcp",
      stage: "prod",
      requestId: "c6af9ac6-7b61-11e6-9a41-93e8deadbeef",
      requestTimeEpoch: 1_795_532_400_000,
      resourceId: "123456",
      resourcePath: "/{proxy+}",
    },
    body,
    isBase64Encoded: false,
  };
}

/** Application Load Balancer; bodies that are not text come in base64. `multi`: the target group has multi-value headers on. */
export function loadBalancerEvent(
  headers: Headers,
  body: string,
  { isMulti = false, isBase64 = false } = {},
): ALBEvent {
  const sent: Headers = { host: "lambda-alb-1.eu-west-1.elb.amazonaws.com", ...headers };
  return {
    requestContext: {
      elb: {
        targetGroupArn:
          "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/lambda/49e9d65c45c6791a",
      },
    },
    httpMethod: "POST",
    path: "/mcp",
    ...(isMulti
      ? { multiValueHeaders: multi(sent), multiValueQueryStringParameters: {} }
      : { headers: sent, queryStringParameters: {} }),
    body: isBase64 ? toBase64(new TextEncoder().encode(body)) : body,
    isBase64Encoded: isBase64,
  };
}

const titled = (name: string): string =>
  name.replaceAll(/(^|-)[a-z]/g, (letter) => letter.toUpperCase());

const multi = (headers: Headers): Record<string, string[]> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]]));

export function lambdaContext(remainingMs: number): Context {
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionName: "sample",
    functionVersion: "$LATEST",
    invokedFunctionArn: "arn:aws:lambda:eu-west-1:123456789012:function:sample",
    memoryLimitInMB: "256",
    awsRequestId: "8f507cfc-xmpl-4697-b07a-ac58fc914c95",
    logGroupName: "/aws/lambda/sample",
    logStreamName: "2026/11/24/[$LATEST]0123456789abcdef0123456789abcdef",
    getRemainingTimeInMillis: () => remainingMs,
    done: () => {},
    fail: () => {},
    succeed: () => {},
  };
}
