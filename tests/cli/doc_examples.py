"""Runs the ```console blocks of one page and holds what comes against what the page shows.

    doc_examples.py PAGE WORLD

In a block a line that begins with "$ " is a command (a backslash at its end goes on in the next line); the lines up to
the next command are what it says, on stdout or stderr, in this order and not necessarily all of it. A command ends with
exit code 0, or with N where "# exit N" stands after it. Commands of a page follow each other like in one shell, and
start in WORLD/home; /srv is WORLD/srv.

In output "…" stands for anything, and what no two runs have in common need not be the same: ids, times, durations,
recovery texts, how much was added, how many files could be told to be unchanged, and into how many pieces a
repository's own secret cuts contents and maps. An id that was shown stands for the real one in what follows.
"""
import os
import re
import signal
import subprocess
import sys
import threading

PAGE, WORLD = sys.argv[1], os.path.realpath(sys.argv[2])
TIMEOUT_SECONDS = 120
IDENTIFIER = re.compile(r"(?<![\w-])(?=[0-9a-f]*[a-f])(?=[0-9a-f]*\d)[0-9a-f]{8,64}(?![\w-])")
RECOVERY_LINE = r"[A-Z2-7]{5}-[A-Z2-7]{3}-[A-Z2-7]{2}"  # as engine/crypto/recovery_text.cc prints it
# Whole words that differ from run to run: what the page shows → what may stand there.
VARYING = re.compile("|".join([
    r"(?P<anything>…)",
    r"(?P<moment>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d\d:\d\d)",
    r"(?P<utc>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z)",
    rf"(?P<recovery>\b{RECOVERY_LINE}\b)",
    r"(?P<duration>\b\d+(\.\d+)? s\b)",
    r"(?P<size_added>\b\d+(\.\d+)? ([KMG]i)?B(?= added))",
    r"(?P<count_cut>\b\d+(?= (objects?|chunks?|map nodes?)\b)|(?<=^objects )\d+)",
    r"(?P<count_seen>(?<=^unchanged )\d+ files?|(?<=^read )\d+ files?, \d+(\.\d+)? ([KMG]i)?B)",
]))
PATTERNS = {
    "anything": ".*",
    "moment": r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d\d:\d\d",
    "utc": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z",
    "recovery": RECOVERY_LINE,
    "duration": r"\d+(?:\.\d+)? s",
    "size_added": r"\d+(?:\.\d+)? (?:[KMG]i)?B",
    "count_cut": r"\d+",
    "count_seen": r"\d+ files?(?:, \d+(?:\.\d+)? (?:[KMG]i)?B)?",
}


class Example:
    def __init__(self, line_number, command):
        self.line_number, self.command, self.exit_code, self.shown = line_number, command, 0, []


def examples_of(path):
    found, in_block, goes_on = [], False, False
    for number, line in enumerate(open(path, encoding="utf-8").read().split("\n"), 1):
        if line.startswith("```"):
            in_block, goes_on = line.strip() == "```console", False
        elif in_block and goes_on:
            found[-1].command += "\n" + line
            goes_on = line.endswith("\\")
        elif in_block and line.startswith("$ "):
            found.append(Example(number, line[2:]))
            goes_on = line.endswith("\\")
        elif in_block and line.strip():
            if not found:
                sys.exit(f"{path}:{number}: a block that does not begin with a command")
            found[-1].shown.append((number, line))
    for example in found:
        wanted = re.search(r"\s+# exit (\d+)$", example.command)
        if wanted:
            example.exit_code = int(wanted.group(1))
            example.command = example.command[:wanted.start()]
    return found


class Shell:
    """One bash for the whole page, which gets a command at a time and ends its output with a mark and the exit code."""
    LOOP = """while IFS= read -r -d '' command <&3; do eval "$command" </dev/null 2>&1; printf '\\0%d\\0' $?; done"""

    def __init__(self):
        commands, self.commands = os.pipe()
        self.bash = subprocess.Popen(["bash", "-c", f"exec 3<&{commands}; {self.LOOP}"], pass_fds=[commands], cwd=WORLD + "/home",
                                     stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, start_new_session=True)
        os.close(commands)

    def run(self, command):
        """Exit code and output; None for a command that does not end."""
        os.write(self.commands, command.encode() + b"\0")
        end = threading.Timer(TIMEOUT_SECONDS, lambda: os.killpg(self.bash.pid, signal.SIGKILL))
        end.start()
        output = b""
        while output.count(b"\0") < 2:
            piece = os.read(self.bash.stdout.fileno(), 1 << 16)
            if not piece:
                break
            output += piece
        end.cancel()
        said, *exit_code = output.split(b"\0")
        text = said.decode("utf-8", "replace").replace(WORLD, "")
        return int(exit_code[0]) if len(exit_code) == 2 else None, text

    def close(self):
        os.close(self.commands)
        self.bash.wait()


def squeeze(line):
    return " ".join(line.split())


class Identities:
    """Ids that the page shows, and the real ones."""

    def __init__(self):
        self.real = {}

    def into_command(self, command):
        return IDENTIFIER.sub(lambda m: self.real.get(m.group(), m.group()), command)

    def matches(self, shown, line):
        pattern, new, at = "", [], 0
        for match in re.finditer(f"(?:{IDENTIFIER.pattern})|(?:{VARYING.pattern})", shown):
            pattern += re.escape(shown[at:match.start()])
            at = match.end()
            kind = next((name for name, text in match.groupdict().items() if text is not None), None)
            if kind is not None:
                pattern += PATTERNS[kind]
            elif match.group() in self.real:
                pattern += re.escape(self.real[match.group()])
            else:
                new.append(match.group())
                pattern += "([0-9a-f]{%d})" % len(match.group())
        pattern += re.escape(shown[at:])
        groups = re.fullmatch(pattern, line)
        if groups is None:
            return False
        self.real.update(zip(new, groups.groups()))
        return True


def main():
    failures, ids = 0, Identities()

    def fail(number, what, output):
        nonlocal failures
        failures += 1
        print(f"{PAGE}:{number}: {what}; it said:")
        for line in output.split("\n")[-15:]:
            print("    " + line)

    examples, shell = examples_of(PAGE), Shell()
    for example in examples:
        command = ids.into_command(re.sub(r"/srv\b", lambda _: WORLD + "/srv", example.command))
        exit_code, output = shell.run(command)
        if exit_code is None:
            fail(example.line_number, f"`{example.command}` ends the shell, or does not end", output)
            break
        if exit_code != example.exit_code:
            fail(example.line_number, f"`{example.command}` ends with {exit_code}, the page says {example.exit_code}", output)
            continue
        lines = [squeeze(line) for line in output.split("\n")]
        at = 0
        for number, shown in example.shown:
            if shown.strip() == "…":
                continue
            while at < len(lines) and not ids.matches(squeeze(shown), lines[at]):
                at += 1
            if at == len(lines):
                fail(number, f"`{shown.strip()}` does not come", output)
                break
            at += 1
    shell.close()
    print(f"{os.path.basename(PAGE)}: {len(examples)} commands, {failures} failed")
    return 1 if failures else 0


sys.exit(main())
