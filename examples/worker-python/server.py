"""A worker in Python: FastMCP on standard input and output, as a fleet starts it."""

from fastmcp import FastMCP

server = FastMCP("words", instructions="Facts about texts.")


@server.tool(annotations={"readOnlyHint": True})
def count_words(text: str) -> dict[str, int]:
    """Counts the words and characters of a text. Use it instead of estimating."""
    return {"words": len(text.split()), "characters": len(text)}


if __name__ == "__main__":
    server.run(show_banner=False)
