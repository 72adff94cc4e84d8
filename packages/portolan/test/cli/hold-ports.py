"""Holds loopback ports whose states are known, and says which: one JSON object, then until end of input.

Argument: the address. open: listening; closed: bound, so that nobody else can take them, and not listening; silent:
listening with a full queue, so that the kernel drops every SYN (listen(2)).
"""

import json
import socket
import sys

OPEN, CLOSED = 12, 20

address = sys.argv[1]
family = socket.AF_INET6 if ":" in address else socket.AF_INET


def bound() -> socket.socket:
    held = socket.socket(family)
    held.bind((address, 0))
    return held


opened = [bound() for _ in range(OPEN)]
closed = [bound() for _ in range(CLOSED)]
silent = bound()
for one in opened:
    one.listen(512)
silent.listen(0)
callers = []
for _ in range(4):
    caller = socket.socket(family)
    caller.setblocking(False)
    caller.connect_ex(silent.getsockname())
    callers.append(caller)


def port(held: socket.socket) -> int:
    return held.getsockname()[1]


def ports(sockets: list[socket.socket]) -> list[int]:
    return sorted(port(held) for held in sockets)


print(json.dumps({"open": ports(opened), "closed": ports(closed), "silent": port(silent)}), flush=True)
sys.stdin.read()
