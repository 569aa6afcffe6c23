"""A FastMCP server on stdio, as its documentation would write one."""

from fastmcp import FastMCP

server = FastMCP("weights")


@server.tool
def convert_weight(kilograms: float) -> float:
    """Kilograms to pounds."""
    return round(kilograms * 2.2046226218, 3)


@server.tool
def heaviest(items: dict[str, float]) -> str:
    """The name of the heaviest item."""
    return max(items, key=items.__getitem__)


if __name__ == "__main__":
    server.run(show_banner=False)
