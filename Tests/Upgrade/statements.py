"""The statements in a log of PostgreSQL (log_statement = all), each once, in order, as a client may prepare them.

Those of the trellis processes only, without what sets a transaction up, and without what they sent to the databases of graphs.
"""

import re
import sys

START = re.compile(r"^(?P<application>[^|]*)\|LOG:  (?:execute [^:]+|statement): (?P<sql>.*)$")
WORD = re.compile(r"^(WITH|SELECT|INSERT|UPDATE|DELETE)\b", re.IGNORECASE)

found, text = set(), None


def keep():
    if text and text[0].startswith("trellis-") and WORD.match(text[1].lstrip()):
        found.add(text[1].strip())


for line in open(sys.argv[1], encoding="utf-8", errors="replace"):
    start = START.match(line.rstrip("\n"))
    if start:
        keep()
        text = [start["application"], start["sql"]]
    elif line.startswith("\t") and text:
        text[1] += "\n" + line[1:].rstrip("\n")
    else:
        keep()
        text = None
keep()
for statement in sorted(found):
    print(statement, end="\n;;\n")
