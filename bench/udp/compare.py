"""compare.py [ROUNDS]: UDP echo and one-way by portolan (from source), node:dgram, Go and C, interleaved, receiver on the
first core and sender on the second. Medians of CPU time a message and of messages a second."""

import json
import os
import statistics
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
NODE = ["node", "--conditions=source"]
ROUNDS = int(sys.argv[1]) if len(sys.argv) > 1 else 5


def build(folder):
    built = {}
    for name in os.listdir(HERE):
        source, target = os.path.join(HERE, name), os.path.join(folder, name.replace(".", "-"))
        if name.endswith(".c"):
            subprocess.run(["cc", "-O2", "-Wall", "-o", target, source], check=True)
        elif name.endswith(".go"):
            env = {**os.environ, "GO111MODULE": "off", "CGO_ENABLED": "0"}
            subprocess.run(["go", "build", "-o", target, source], check=True, env=env)
        built[name] = [target] if os.path.exists(target) else [*NODE, source]
    return built


def started(argv):
    child = subprocess.Popen(["taskset", "-c", "0", *argv], stdout=subprocess.PIPE, text=True)
    if child.stdout.readline().strip() != "ready":
        raise SystemExit(f"{argv}: not ready")
    return child


def end(child):
    child.kill()
    child.wait()
    child.stdout.close()


def echo(programs, name, port):
    server = started([*programs[name], str(port)])
    try:
        load = [*programs["udp-echo-load.c"], str(port), str(server.pid), "256", "64", "0.5", "1"]
        out = subprocess.run(["taskset", "-c", "1", *load], capture_output=True, text=True, check=True).stdout
    finally:
        end(server)
    got = json.loads(out)
    return got["serverCpuNs"] / got["count"] / 1e3, got["count"] / got["seconds"]


def softirq_seconds():
    """What the kernel's softirq threads ran: they work for both programs and are charged to neither."""
    total = 0
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/comm") as comm, open(f"/proc/{pid}/schedstat") as times:
                if comm.read().startswith("ksoftirqd/"):
                    total += int(times.read().split()[0])
        except FileNotFoundError:
            pass
    return total / 1e9


def one_way(programs, names, port):
    before = softirq_seconds()
    receiver = started([*programs[names[0]], str(port), "1"])
    try:
        load = [*programs[names[1]], str(port), "1.5"]
        out = subprocess.run(["taskset", "-c", "1", *load], capture_output=True, text=True, check=True).stdout
        sent, got = json.loads(out), json.loads(receiver.stdout.readline())
    finally:
        end(receiver)
    softirqs = softirq_seconds() - before
    cost = (sent["cpuSeconds"] + softirqs) / sent["messages"] + got["cpuSeconds"] / got["messages"]
    return cost * 1e6, got["messages"] / got["seconds"]


ECHO = ["udp-echo-portolan.ts", "udp-echo-dgram.mjs", "udp-echo.go", "udp-echo.c"]
ONE_WAY = [
    (f"udp-receive{who}", f"udp-send{who}") for who in ("-portolan.ts", "-dgram.mjs", ".go", ".c")
]
with tempfile.TemporaryDirectory() as folder:
    programs = build(folder)
    port = 20000 + os.getpid() % 5000
    for title, run, contestants in (
        ("UDP echo, 64 B, window 256: CPU of the server", echo, ECHO),
        ("UDP one way, 1200 B: CPU of sender and receiver, messages received", one_way, ONE_WAY),
    ):
        results = {contestant: [] for contestant in contestants}
        for _ in range(ROUNDS):
            for contestant in contestants:
                port += 1
                results[contestant].append(run(programs, contestant, port))
        print(title)
        for contestant, figures in results.items():
            name = contestant if isinstance(contestant, str) else contestant[0]
            cpu, rate = (statistics.median(column) for column in zip(*figures))
            print(f"  {name:26s} {cpu:7.3f} us a message {rate:12,.0f} messages/s")
