#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Follows a start of holdfast, for status.bats.

follow.py [--status pipe|socket|seqpacket] [--control pipe|socket|none|both] [--at PHASE ACTION]... COMMAND...

COMMAND is started with "STATUS" and "CONTROL" replaced by descriptors. At a phase ("begin" is before COMMAND is started,
"delay:SECONDS" that long after it) the action is done: "close" the control descriptor, "say:TEXT" on it, "unread" closes
the status descriptor, "die" is SIGKILL of this process, "term" SIGTERM of the command, "end" SIGKILL of it by the pidfd.
Prints the lines of the status descriptor without their pids and digests, what came with them, and the exit status.
"""

import argparse
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time

parser = argparse.ArgumentParser()
parser.add_argument("--status", default="pipe")
parser.add_argument("--control", default="none")
parser.add_argument("--quiet", action="store_true", help="COMMAND's standard output goes nowhere")
parser.add_argument("--at", nargs=2, action="append", default=[])
parser.add_argument("command", nargs=argparse.REMAINDER)
options = parser.parse_args()


def ends(kind):
    """Ours and the other one."""
    if kind == "pipe":
        return os.pipe()
    kinds = {"socket": socket.SOCK_STREAM, "both": socket.SOCK_STREAM, "seqpacket": socket.SOCK_SEQPACKET}
    return [end.detach() for end in socket.socketpair(socket.AF_UNIX, kinds[kind])]


ours, theirs = ends(options.status)
control = theirs_control = None
if options.control == "both":
    control, theirs_control = os.dup(ours), theirs
elif options.control != "none":
    theirs_control, control = ends(options.control)
process = pidfd = None


def act(action):
    global control
    word, _, text = action.partition(":")
    if word == "close" and control is not None:
        os.close(control)
        if options.control == "both":
            socket.socket(fileno=os.dup(ours)).shutdown(socket.SHUT_WR)
        control = None
    elif word == "say":
        os.write(control, text.encode())
    elif word == "unread":
        os.close(ours)
    elif word == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    elif word == "term":
        process.terminate()
    elif word == "end":
        signal.pidfd_send_signal(pidfd, signal.SIGKILL)


def reach(phase):
    for where, action in options.at:
        if where == phase:
            act(action)


def receive():
    """The bytes and the descriptors, b"" at the end."""
    if options.status == "pipe":
        return os.read(ours, 65536), []
    with socket.socket(fileno=os.dup(ours)) as end:
        data, fds, _, _ = socket.recv_fds(end, 65536, 4)
    return data, fds


def show(line, fds):
    global pidfd
    record = json.loads(line)
    pid = record.pop("pid", None)
    if record["phase"] in ("planned",):
        assert record.pop("digest").startswith("sha256:") and record.pop("operations") > 1
    assert (pid is not None) == (record["phase"] in ("verified", "running")), line
    words = [record.pop("phase")] + [f"{key}={value}" for key, value in record.items()]
    if fds:
        pidfd, = fds
        with open(f"/proc/self/fdinfo/{pidfd}", encoding="ascii") as info:
            words.append("with its pidfd" if f"\nPid:\t{pid}\n" in info.read() else "with another pidfd")
    print(*words, flush=True)
    reach(words[0])


def follow():
    text = b""
    fds = []
    try:
        while True:
            data, more = receive()
            fds += more
            if not data:
                break
            if options.status == "seqpacket":
                assert data.endswith(b"\n") and data.count(b"\n") == 1, data
            text += data
            while b"\n" in text:
                line, _, text = text.partition(b"\n")
                named = b'"pid"' in line  # a stream may hand over earlier lines and the descriptor at once
                show(line, fds if named else [])
                fds = [] if named else fds
    except OSError:
        pass  # closed by "unread"
    assert not text, text


reach("begin")
replaced = {"STATUS": str(theirs), "CONTROL": str(theirs_control)}
passed = [fd for fd in {theirs, theirs_control} if fd is not None]
process = subprocess.Popen([replaced.get(word, word) for word in options.command], pass_fds=passed,
                           stdout=subprocess.DEVNULL if options.quiet else None)
for fd in passed:
    os.close(fd)
for where, action in options.at:
    if where.startswith("delay:"):
        threading.Timer(float(where[6:]), act, [action]).start()
follow()
status = process.wait()
print("status", status, flush=True)
