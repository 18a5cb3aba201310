#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Does each line on standard error come in one write?  TOOL"""
import socket
import subprocess
import sys


def writes(tool, *words):
    # Of this kind of socket each write is a message of its own.
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours, theirs:
        tool = subprocess.Popen([tool, *words], stdout=subprocess.DEVNULL, stderr=theirs)
        theirs.close()
        messages = list(iter(lambda: ours.recv(1 << 16), b''))
        tool.wait()
    return messages


failed = False
for words in ['replay', '/nowhere/log'], ['nonsense']:
    messages = writes(sys.argv[1], *words)
    if not messages or any(m.count(b'\n') != 1 or m[-1:] != b'\n' for m in messages):
        print(words, messages)
        failed = True
sys.exit(failed)
