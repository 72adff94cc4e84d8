"""Runs a command in a pseudo-terminal (pty(7)) as a user at a keyboard would.

Standard input: one JSON object:
  argv, env     the command and its whole environment
  rows, columns the size of the terminal
  split         true: stdout goes to a pipe, so that the terminal shows stderr alone
  keys          list of {"after": regular expression, "send": text}: typed in turn, each once the terminal has shown
                the expression (in what came since the keys before)
  limit         seconds until everything is killed

Standard output: one JSON object: status (128 + signal as a shell has it), screen (all that the terminal got, in order),
chunks (it again in the pieces in which it came), piped (what went to the pipe), typed (how many keys were sent).
"""

import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time

order = json.load(sys.stdin)
reading, writing = os.pipe()
child, terminal = pty.fork()
if child == 0:
    if order.get("split"):
        os.dup2(writing, 1)
    os.close(reading)
    os.close(writing)
    # Not before the parent has set the size.
    sys.stdin.readline()
    os.execve(order["argv"][0], order["argv"], order["env"])

os.close(writing)
fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", order["rows"], order["columns"], 0, 0))
# The word to go must not be echoed into what is recorded.
modes = termios.tcgetattr(terminal)
modes[3] &= ~termios.ECHO
termios.tcsetattr(terminal, termios.TCSANOW, modes)
os.write(terminal, b"\n")

deadline = time.monotonic() + order["limit"]
keys = list(order.get("keys", []))
typed = 0
seen = 0
chunks = []
piped = b""
screen = b""
sources = [terminal, reading]
while sources:
    ready = select.select(sources, [], [], max(0.0, deadline - time.monotonic()))[0]
    if not ready:
        os.kill(child, signal.SIGKILL)
        break
    for source in ready:
        try:
            data = os.read(source, 65536)
        except OSError:  # EIO: the last one to hold the terminal has closed it (pty(7) as Linux does it)
            data = b""
        if data == b"":
            sources.remove(source)
        elif source == reading:
            piped += data
        else:
            screen += data
            chunks.append(data.decode(errors="replace"))
    if keys and re.search(keys[0]["after"], screen[seen:].decode(errors="replace")):
        seen = len(screen)
        os.write(terminal, keys.pop(0)["send"].encode())
        typed += 1

status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
json.dump(
    {
        "status": status if status >= 0 else 128 - status,
        "screen": screen.decode(errors="replace"),
        "chunks": chunks,
        "piped": piped.decode(errors="replace"),
        "typed": typed,
    },
    sys.stdout,
)
