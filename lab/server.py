"""Listeners of one lab host, made by something that is not Portolan.

Standard input: one line of JSON, {"families": [4, 6], "ports": [{"first", "last", "kind", "text"?}, ...]},
the ranges apart from each other. Prints "ready" when every port listens, and ends when
standard input is closed. A mistake is one line on standard error and exit status 1.
"""

import itertools
import json
import os
import resource
import selectors
import socket
import struct
import sys
import time

# The kernel cuts this down to net.core.somaxconn, which the lab raises for its hosts.
BACKLOG = 65535
# Accepts in a row on one listener before the others get their turn.
ACCEPTS_A_TURN = 256
# struct tcp_info in linux/tcp.h: on a listener tcpi_unacked is the queue's length, tcpi_sacked its limit.
TCP_INFO_QUEUE = 24
RESET_ON_CLOSE = struct.pack("ii", 1, 0)  # struct linger: on, zero seconds (socket(7))


def raise_descriptor_limit():
    """Up to the hard limit, by which the lab has shared out the ports; the soft one is often 1024."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def listen(family, port, kind):
    listener = socket.socket(family, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if family == socket.AF_INET6:
        listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    listener.bind(("::" if family == socket.AF_INET6 else "0.0.0.0", port))
    listener.listen(0 if kind == "full-backlog" else BACKLOG)
    return listener


def fill_backlog(listener):
    """Fills the queue from the inside: a limit of 0 lets one connection in (sk_acceptq_is_full)."""
    inside = "::1" if listener.family == socket.AF_INET6 else "127.0.0.1"
    port = listener.getsockname()[1]
    client = socket.create_connection((inside, port), timeout=2)
    for _ in range(200):
        info = listener.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 256)
        queued, limit = struct.unpack_from("II", info, TCP_INFO_QUEUE)
        if queued > limit:
            return client
        time.sleep(0.01)
    raise OSError(f"the queue of port {port} does not fill")


class Server:
    def __init__(self):
        self.selector = selectors.DefaultSelector()
        self.held = []
        self.complaints = set()

    def open(self, spec):
        families = [socket.AF_INET if family == 4 else socket.AF_INET6 for family in spec["families"]]
        to_fill = []
        for entry in spec["ports"]:
            ports = range(entry["first"], entry["last"] + 1)
            for family, port in itertools.product(families, ports):
                listener = listen(family, port, entry["kind"])
                if entry["kind"] == "full-backlog":
                    to_fill.append(listener)
                else:
                    self.selector.register(listener, selectors.EVENT_READ, entry)
        # Only now: a client's ephemeral port must not take the place of a listener still to come.
        for listener in to_fill:
            self.held.extend((listener, fill_backlog(listener)))

    def serve(self):
        self.selector.register(0, selectors.EVENT_READ, "stdin")
        while True:
            for key, _ in self.selector.select():
                if key.data == "stdin":
                    if not os.read(0, 4096):
                        return
                elif key.data == "connection":
                    self.drain(key.fileobj)
                else:
                    self.accept(key.fileobj, key.data)

    def accept(self, listener, entry):
        for _ in range(ACCEPTS_A_TURN):
            try:
                connection, _ = listener.accept()
            except (BlockingIOError, ConnectionAbortedError):
                return
            except OSError as error:  # out of descriptors or memory: breathe instead of spinning
                if error.errno not in self.complaints:
                    self.complaints.add(error.errno)
                    print(f"accept: {error}", file=sys.stderr, flush=True)
                time.sleep(0.05)
                return
            try:
                self.greet(connection, entry)
            except OSError:  # the peer was gone before it was served, as scanners are
                connection.close()

    def greet(self, connection, entry):
        kind = entry["kind"]
        if kind == "accept-and-reset":
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
            connection.close()
            return
        connection.setblocking(False)
        if kind == "banner":
            connection.send(entry["text"].encode())
        elif kind == "accept":
            connection.shutdown(socket.SHUT_WR)
        self.selector.register(connection, selectors.EVENT_READ, "connection")

    def drain(self, connection):
        """Reads all away: closing with unread bytes would send RST where FIN is meant (RFC 2525, 2.17)."""
        try:
            if connection.recv(65536):
                return
        except BlockingIOError:
            return
        except OSError:
            pass
        self.selector.unregister(connection)
        connection.close()


def main():
    raise_descriptor_limit()
    line = sys.stdin.buffer.readline()
    if not line:
        return
    server = Server()
    try:
        server.open(json.loads(line))
    except OSError as error:
        sys.exit(f"lab server: {error}")
    print("ready", flush=True)
    server.serve()


main()
