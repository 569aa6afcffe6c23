"""The Python SDK as a client: URL, mode (auto or legacy), plan, order."""

import asyncio
import json
import sys
import time
import warnings

import mcp_types as types
from mcp import Client

warnings.filterwarnings("ignore")
STEP_S = 8
CANCEL_S = 0.7
LOG_LEVEL = "io.modelcontextprotocol/logLevel"

updates: list[str] = []
logs: list[object] = []


async def elicited(_context, _params):
    return types.ElicitResult(action="accept", content={"name": "Ada"})


async def sampled(_context, _params):
    content = types.TextContent(type="text", text="due north")
    return types.CreateMessageResult(role="assistant", model="compass", content=content)


async def logged(params):
    logs.append(params)


async def heard(message):
    if isinstance(message, types.ResourceUpdatedNotification):
        updates.append(str(message.params.uri))


def plain(value):
    return value.model_dump(mode="json", by_alias=True, exclude_none=True)


class Steps:
    def __init__(self, client: Client) -> None:
        self.client = client
        self.modern = client.protocol_version >= "2026"

    async def list(self, _step):
        names, cursor = [], None
        while True:
            page = await self.client.list_tools(cursor=cursor)
            names += [tool.name for tool in page.tools]
            cursor = page.next_cursor
            if cursor is None:
                return names

    async def call(self, step, **options):
        return plain(await self.client.call_tool(step["name"], step.get("args") or {}, **options))

    async def progress(self, step):
        count = 0

        async def count_one(*_args):
            nonlocal count
            count += 1

        await self.call(step, progress_callback=count_one)
        return count

    async def cancel(self, step):
        begun = time.monotonic()
        cancelled = False
        try:
            await asyncio.wait_for(self.call(step), CANCEL_S)
        except TimeoutError:
            cancelled = True
        return {"cancelled": cancelled, "ms": round((time.monotonic() - begun) * 1000)}

    async def read(self, step):
        return plain(await self.client.read_resource(step["uri"]))

    async def subscribe(self, step):
        uri = step["uri"]
        if self.modern:
            async with self.client.listen(resource_subscriptions=[uri]) as stream:
                await asyncio.sleep(0.3)
                await self.call(step["trigger"])
                async for event in stream:
                    if str(getattr(event, "uri", "")).endswith(uri):
                        return uri
            raise RuntimeError("the stream ended")
        await self.client.subscribe_resource(uri)
        await asyncio.sleep(0.3)
        await self.call(step["trigger"])
        while not any(one.endswith(uri) for one in updates):
            await asyncio.sleep(0.02)
        return uri

    async def log(self, step):
        if not self.modern:
            await self.client.set_logging_level("debug")
        await self.call(step, **({"meta": {LOG_LEVEL: "debug"}} if self.modern else {}))
        while not logs:
            await asyncio.sleep(0.02)
        return True


async def main() -> None:
    url, mode = sys.argv[1], sys.argv[2]
    plan, order = json.loads(sys.argv[3]), json.loads(sys.argv[4])
    out = {}
    async with Client(
        url,
        mode=mode,
        elicitation_callback=elicited,
        sampling_callback=sampled,
        logging_callback=logged,
        message_handler=heard,
    ) as client:
        steps = Steps(client)
        for name in order:
            try:
                work = getattr(steps, plan[name]["kind"])(plan[name])
                out[name] = {"ok": await asyncio.wait_for(work, STEP_S)}
            except BaseException as error:
                out[name] = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps({"version": client.protocol_version, "steps": out}))


asyncio.run(main())
