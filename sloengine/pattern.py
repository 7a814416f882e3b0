"""What a regular expression of ours must not hold: Prometheus (RE2) refuses it, and with it the whole rule file.

The parser of PromQL that we use knows a larger language of expressions. This names the difference in one direction
only: what passes the parser, and Prometheus would refuse.
"""

from __future__ import annotations

import re

MOST_REPEATS = 1_000
_REPEAT = re.compile(r"\{(\d+)(?:,(\d*))?\}")
_FLAGS = re.compile(r"\(\?([a-zA-Z-]*)[:)]")
_KNOWN_FLAGS = frozenset("imsU-")


def problem(expression: str) -> str:
    """What is wrong with it, as a clause; empty where nothing is. expression: RE2, that the parser has accepted."""
    repeats: list[int] = [1]  # of each open group, how often what is inside it is repeated at the most
    inner = 1  # of what was read last
    is_repeat = in_class = False
    position = 0
    while position < len(expression):
        rest = expression[position:]
        if rest[0] == "\\":
            if rest[1:2] in {"u", "U"}:
                return f"the escape {rest[:2]}"
            if re.match(r"\\[pP]\{[^}]*=", rest):
                return "a property with ="
            position, is_repeat, inner = position + 2, False, 1
        elif in_class:
            if rest[:2] == "--":
                return "-- in a class of characters"
            in_class = rest[0] != "]"
            position += 1
        elif rest[0] == "[":
            in_class, is_repeat, inner = True, False, 1
            position += 3 if rest[1:3] == "^]" else 2 if rest[1:2] in {"]", "^"} else 1
        elif (counted := _REPEAT.match(rest)) or rest[0] in "*+?":
            if is_repeat:
                return "one repetition upon another"
            if counted:
                inner *= max(int(counted[1]), int(counted[2] or counted[1]))
                if inner > MOST_REPEATS:
                    return f"more than {MOST_REPEATS} repetitions"
            repeats[-1] = max(repeats[-1], inner)
            position += len(counted[0]) if counted else 1
            position += expression[position : position + 1] == "?"
            is_repeat = True
        else:
            if (flags := _FLAGS.match(rest)) and not set(flags[1]) <= _KNOWN_FLAGS:
                return f"the flags {flags[0]}"
            inner = 1
            if rest[0] == "(":
                repeats.append(1)
            elif rest[0] == ")" and len(repeats) > 1:
                inner = repeats.pop()
                repeats[-1] = max(repeats[-1], inner)
            position, is_repeat = position + 1, False
    return ""
