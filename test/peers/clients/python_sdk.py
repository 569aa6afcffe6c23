"""The Python SDK's client: URL, mode (auto or legacy), JSON list of calls."""

import asyncio
import json
import sys

from mcp import Client


async def main() -> None:
    url, mode, calls = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
    async with Client(url, mode=mode) as client:
        names = []
        cursor = None
        while True:
            page = await client.list_tools(cursor=cursor)
            names += [tool.name for tool in page.tools]
            cursor = page.next_cursor
            if cursor is None:
                break
        results = []
        for call in calls:
            answer = await client.call_tool(call["name"], call["arguments"])
            results.append(answer.model_dump(mode="json", by_alias=True, exclude_none=True))
    print(json.dumps({"tools": names, "results": results}))


asyncio.run(main())
