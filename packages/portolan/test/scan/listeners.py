"""TCP servers with a manner each, until standard input ends. Not ours, so that a scan is tested against a foreign peer.

argv[1]: JSON, a list of {"host", "port", "manner"}; port 0 takes a free one. Prints one JSON line: the ports that are
bound, in the order asked for, null where the port was taken.

Manners: "close" accepts and closes, "reset" accepts and resets, "full" never accepts and has its backlog full.
"""
import json
import selectors
import socket
import struct
import sys

RESET = struct.pack("ii", 1, 0)


def listen(host, port, backlog):
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    server = socket.socket(family, socket.SOCK_STREAM)
    # Connections of other tests linger in TIME-WAIT on thousands of ports.
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if family == socket.AF_INET6:
        server.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    server.bind((host, port))
    server.listen(backlog)
    return server


def fill(server):
    """Connects until the kernel no longer answers; keeps what was answered."""
    kept = []
    for _ in range(16):
        client = socket.socket(server.family, socket.SOCK_STREAM)
        client.settimeout(0.15)
        try:
            client.connect(server.getsockname())
            kept.append(client)
        except TimeoutError:
            client.close()
            return kept
    raise SystemExit("the backlog did not fill")


def main():
    selector = selectors.DefaultSelector()
    selector.register(sys.stdin, selectors.EVENT_READ, None)
    ports, kept = [], []
    for wanted in json.loads(sys.argv[1]):
        manner = wanted["manner"]
        try:
            server = listen(wanted["host"], wanted["port"], 0 if manner == "full" else 4096)
        except OSError:
            ports.append(None)
            continue
        ports.append(server.getsockname()[1])
        kept.append(server)
        if manner == "full":
            kept.extend(fill(server))
        else:
            server.setblocking(False)
            selector.register(server, selectors.EVENT_READ, manner)
    print(json.dumps(ports), flush=True)
    while True:
        for key, _ in selector.select():
            if key.data is None:
                return
            try:
                client, _ = key.fileobj.accept()
            except OSError:
                continue
            if key.data == "reset":
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            client.close()


main()
