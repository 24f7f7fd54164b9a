#!/usr/bin/env python3
"""Names that two folders give to two types of one namespace. Each program links all of them, and where inline functions of both
were not inlined the linker keeps one for the two: memory is then read as what it is not, and which calls suffer hangs on the
optimiser. No compiler tells.

    one_name.py ROOT        exit 1 when there is such a name
"""
import os
import re
import sys

TOKENS = re.compile(r"""//[^\n]*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\])'
    |\bnamespace\s*(?P<space>[\w:]*)\s*\{
    |\b(?:struct|class|enum\s+class|enum)\s+(?P<type>[\w:]+)(?:\s+final)?(?:\s*:[^{;()]*)?\s*\{
    |[{}]""", re.X)


def types_of(text):
    """Types outside of functions, other types and anonymous namespaces, as a::b::Name."""
    around = []
    for token in TOKENS.finditer(text):
        if token[0] == "}":
            if around:
                around.pop()
        elif token[0].startswith("namespace"):
            around.append(token["space"] or None)
        elif token["type"]:
            if all(isinstance(name, str) for name in around):
                yield "::".join(around + [token["type"]])
            around.append(0)
        elif token[0] == "{":
            around.append(0)


def main():
    places = {}
    for folder in ("engine", "formats", "tools"):
        for path, _, files in os.walk(os.path.join(sys.argv[1], folder)):
            for name in files:
                if name.endswith((".h", ".cc")):
                    with open(os.path.join(path, name), encoding="utf-8") as file:
                        for found in types_of(file.read()):
                            places.setdefault(found, []).append(os.path.join(path, name))
    twice = {name: where for name, where in places.items() if len(where) > 1}
    for name, where in sorted(twice.items()):
        print(f"{name}: {', '.join(where)}")
    print(f"{len(places)} types, {len(twice)} names that two have")
    return 1 if twice or not places else 0


if __name__ == "__main__":
    sys.exit(main())
