"""Types a line into an interactive shell on a pseudo-terminal: keys.py SETUP LINE COMMAND...

SETUP is a line that is run first, LINE is typed with its tabs, as a person would, and ended with Enter. What LINE
prints between `<<` and `>>` goes to our stdout, one after the other; what is not there within 20 seconds fails.
"""
import fcntl
import os
import pty
import re
import select
import struct
import sys
import termios
import time

setup, line, command = sys.argv[1], sys.argv[2], sys.argv[3:]
child, terminal = pty.fork()
if child == 0:
    os.execvp(command[0], command)
fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 200, 0, 0))
seen = ""


def wait_for(pattern):
    global seen
    end = time.monotonic() + 20
    while True:
        found = re.search(pattern, seen, re.S)
        if found:
            seen = seen[found.end() :]
            return found
        ready, _, _ = select.select([terminal], [], [], max(0, end - time.monotonic()))
        try:
            data = os.read(terminal, 65536) if ready else b""
        except OSError:
            data = b""
        if not data:
            sys.exit("not seen: %s in %r" % (pattern, seen))
        seen += data.decode("utf8", "replace")


os.write(terminal, (setup + "; printf '<<%s>>' rea'dy'\r").encode())
wait_for("<<ready>>")
os.write(terminal, (line + "\r").encode())
print(wait_for("<<(.*?)>>").group(1))
os.kill(child, 9)
os.waitpid(child, 0)
