"""Becomes a command that finds listening sockets handed in, as systemd does it.

    hand_in.py NAME:NAME... DESCRIPTOR,DESCRIPTOR... COMMAND [ARGUMENT...]
"""

import fcntl
import os
import sys

FIRST = 3
OUT_OF_THE_WAY = 100

names, descriptors, command = sys.argv[1], [int(number) for number in sys.argv[2].split(",")], sys.argv[3:]
copies = [fcntl.fcntl(number, fcntl.F_DUPFD, OUT_OF_THE_WAY) for number in descriptors]
for place, copy in enumerate(copies, FIRST):
    os.dup2(copy, place)
os.closerange(FIRST + len(copies), OUT_OF_THE_WAY + 10 * len(copies))
os.environ.update(LISTEN_FDS=str(len(copies)), LISTEN_FDNAMES=names, LISTEN_PID=str(os.getpid()))
os.execv(command[0], command)
