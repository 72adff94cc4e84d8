"""A client that is not Portolan: says what the wire does to it. One job as JSON on standard input.

{"connect": [[address, port], ...]}           -> list of what each connection lives through, in order
{"echo": address, "count": n, "bytes": n}     -> number of ICMP echo requests that were answered
"""

import concurrent.futures
import errno
import json
import os
import socket
import struct
import sys

# Beyond the kernel's first SYN retransmission after 1 s, so that one lost packet is no verdict.
CONNECT_SECONDS = 2
# After this long without a word a peer is quiet and an echo lost: an age inside one machine, a busy one too.
QUIET_SECONDS = 2
# For what has to come.
LATEST_SECONDS = 10
SO_RCVBUFFORCE = 33  # asm-generic/socket.h; Python has no name for it


def live(address, port):
    """What one connection lives through: the words of connectTo in foreign-client.ts."""
    peer = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
    peer.settimeout(CONNECT_SECONDS)
    try:
        peer.connect((address, port))
    except ConnectionResetError:  # it came between the handshake and this line
        return ["connected", "reset"]
    except ConnectionRefusedError:
        return ["refused"]
    except TimeoutError:
        return ["no answer"]
    except OSError as error:
        return [errno.errorcode[error.errno]]
    return ["connected", *listen_and_leave(peer)]


def listen_and_leave(peer):
    peer.settimeout(QUIET_SECONDS)
    try:
        heard = peer.recv(8192)
    except ConnectionResetError:
        return ["reset"]
    except TimeoutError:
        heard = None
    peer.settimeout(LATEST_SECONDS)
    if heard == b"":
        return ["end"]
    peer.sendall(b"hello")
    peer.shutdown(socket.SHUT_WR)
    farewell = "end" if peer.recv(8192) == b"" else "more text"
    return ["quiet" if heard is None else f"text {heard.decode()}", farewell]


def checksum(data):
    """RFC 1071, for an even number of bytes."""
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def echo(address, count, size):
    identifier = os.getpid() & 0xFFFF
    raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
    raw.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 1 << 23)
    answered = set()

    def take(seconds):
        raw.settimeout(seconds)
        while len(answered) < count:
            try:
                packet = raw.recv(65536)
            except (BlockingIOError, TimeoutError):
                return
            kind, _, _, owner, number = struct.unpack_from("!BBHHH", packet, 20)
            if kind == 0 and owner == identifier:
                answered.add(number)

    for number in range(count):
        body = struct.pack("!HH", identifier, number) + bytes(size)
        head = struct.pack("!BBH", 8, 0, 0)
        raw.sendto(struct.pack("!BBH", 8, 0, checksum(head + body)) + body, (address, 0))
        take(0)
    take(QUIET_SECONDS)
    return len(answered)


def main():
    job = json.load(sys.stdin)
    if "echo" in job:
        print(json.dumps(echo(job["echo"], job["count"], job["bytes"])))
        return
    with concurrent.futures.ThreadPoolExecutor(128) as pool:
        print(json.dumps(list(pool.map(lambda pair: live(*pair), job["connect"]))))


main()
