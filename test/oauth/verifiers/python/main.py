"""Tries `verify` of the guide with each line of a file. The guide's code lies beside this file."""

import sys

import jwt
from verify import verify

failed = False
for line in open(sys.argv[1], encoding="utf-8"):
    wanted, why, token = line.rstrip("\n").split("\t")
    try:
        found = "accept" if verify(token)["sub"] else "nothing"
    except jwt.PyJWTError:
        found = "refuse"
    if found != wanted:
        failed = True
        print(f"a token {why}: {found}", file=sys.stderr)
sys.exit(failed)
