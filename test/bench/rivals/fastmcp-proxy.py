"""The proxy of the Python framework: PORT UPSTREAM"""

import sys

from fastmcp.server import create_proxy

port, upstream = sys.argv[1:]
create_proxy(upstream, name="gateway").run(
    transport="http", host="127.0.0.1", port=int(port), log_level="error", show_banner=False
)
