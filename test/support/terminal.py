"""Runs a command on a pseudo-terminal of 80 columns: terminal.py STREAMS COMMAND...; STREAMS, such as 012, are those on it.

The others are /dev/null (0) or go where ours go (1, 2). What the terminal shows goes to our own stdout. Exits as the command does.
"""
import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios

streams, command = sys.argv[1], sys.argv[2:]
ours, theirs = pty.openpty()
fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
choose = lambda number, other: theirs if number in streams else other
child = subprocess.Popen(
    command, stdin=choose("0", subprocess.DEVNULL), stdout=choose("1", None), stderr=choose("2", None), start_new_session=True
)
os.close(theirs)
while True:
    try:
        data = os.read(ours, 65536)
    except OSError:
        break
    if not data:
        break
    sys.stdout.buffer.write(data)
    sys.stdout.flush()
sys.exit(child.wait())
