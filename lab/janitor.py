"""Takes a lab down when its owner is done or dead.

Standard input is held by the lab's owner and by every command that is still building. One record a line,
written before the thing exists: "namespace NAME", and for each process started inside "group PID" (it leads
a process group of that number). The end of the input, which also comes when the owner is killed by SIGKILL,
starts the work: kill those groups as far as they still live in these namespaces (so a number that meanwhile
belongs to another process is left alone), then delete exactly these namespaces.
"""

import os
import signal
import subprocess
import sys
import time

RUN_DIRECTORY = "/var/run/netns"  # ip-netns(8)
KILL_ROUNDS = 250
ROUND_SECONDS = 0.02


def run(*argv):
    return subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)


def group_of(pid):
    try:
        return os.getpgid(pid)
    except ProcessLookupError:
        return None


def alive(namespaces, groups):
    """Process ids of the recorded groups that live in the namespaces."""
    found = []
    for name in namespaces:
        pids = [int(word) for word in run("ip", "netns", "pids", name).stdout.split()]
        found.extend(pid for pid in pids if group_of(pid) in groups)
    return found


def kill_groups(namespaces, groups):
    for _ in range(KILL_ROUNDS):
        pids = alive(namespaces, groups)
        if not pids:
            return []
        for pid in pids:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        time.sleep(ROUND_SECONDS)
    return [f"process {pid} does not die" for pid in alive(namespaces, groups)]


def delete(namespaces):
    problems = []
    for name in namespaces:
        outcome = run("ip", "netns", "delete", name)
        if outcome.returncode != 0:
            problems.append(outcome.stderr.strip() or f"{name}: ip ended with {outcome.returncode}")
    return problems


def main():
    # The janitor goes last: what ends the owner's session or process group must not end it.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    namespaces, groups = [], set()
    for line in sys.stdin:
        kind, _, value = line.strip().partition(" ")
        if kind == "namespace":
            namespaces.append(value)
        elif kind == "group":
            groups.add(int(value))
    made = [name for name in namespaces if os.path.exists(f"{RUN_DIRECTORY}/{name}")]
    problems = kill_groups(made, groups) + delete(made)
    if problems:
        sys.exit("; ".join(problems))


main()
