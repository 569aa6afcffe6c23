"""A Python FastMCP server: everything that the interop matrix asks for. `--http PORT` listens, else stdio."""

import asyncio
import sys

import mcp_types as types
from fastmcp import Context, FastMCP
from fastmcp.exceptions import ToolError

server = FastMCP("python-peer")
TIDE = "tide://now"


@server.tool
def sum(a: float, b: float) -> dict[str, float]:
    """Adds."""
    return {"sum": a + b}


@server.tool
def fail() -> str:
    """Fails."""
    raise ToolError("run aground")


@server.tool
async def steps(steps: int, pauseMs: int, ctx: Context) -> str:
    """Takes its time and says how far it is."""
    for step in range(1, steps + 1):
        await asyncio.sleep(pauseMs / 1000)
        await ctx.report_progress(step, steps)
    return "arrived"


@server.tool
async def shout(ctx: Context) -> str:
    """Writes to the client's log."""
    await ctx.warning("ahoy")
    return "shouted"


NAME = {
    "type": "object",
    "properties": {"name": {"type": "string"}},
    "required": ["name"],
}


@server.tool(output_schema=None)
async def ask(ctx: Context):
    """Asks the user for a name."""
    responses = ctx.input_responses or {}
    if "name" in responses:
        answer = responses["name"]
        return f"{answer.action} {(answer.content or {}).get('name')}"
    question = types.ElicitRequestFormParams(message="What is your name?", requested_schema=NAME)
    request = types.ElicitRequest(method="elicitation/create", params=question)
    return types.InputRequiredResult(
        result_type="input_required", input_requests={"name": request}, request_state="asked"
    )


@server.tool(output_schema=None)
async def think(ctx: Context):
    """Asks the client's model."""
    responses = ctx.input_responses or {}
    if "thought" in responses:
        return f"thought {responses['thought'].content.text}"
    message = types.SamplingMessage(
        role="user", content=types.TextContent(type="text", text="Where to?")
    )
    params = types.CreateMessageRequestParams(messages=[message], max_tokens=50)
    request = types.CreateMessageRequest(method="sampling/createMessage", params=params)
    return types.InputRequiredResult(
        result_type="input_required", input_requests={"thought": request}, request_state="asked"
    )


@server.resource(TIDE, mime_type="text/plain")
def tide() -> str:
    return "high water"


if __name__ == "__main__":
    if "--http" in sys.argv:
        port = int(sys.argv[sys.argv.index("--http") + 1])
        print(f"http://127.0.0.1:{port}/mcp", flush=True)
        server.run(transport="http", host="127.0.0.1", port=port, show_banner=False)
    else:
        server.run(show_banner=False)
