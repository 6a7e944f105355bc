"""Calls of programs whose output the experiments read."""
import json
import pathlib
import shlex
import subprocess

TRIDEX = str(pathlib.Path(__file__).resolve().parent.parent.parent / "build/run/app/tridex")  # as scripts/explore.sh builds it


class LabError(Exception):
    """A command failed, or a result is not what the experiment needs; says which, and what the program said."""


def call(command, show=False):
    """What the command prints. show: its progress and errors come to the screen as they come. LabError."""
    command = [str(word) for word in command]
    try:
        process = subprocess.run(command, stdout=subprocess.PIPE, stderr=None if show else subprocess.PIPE, text=True,
                                 check=False)
    except OSError as error:
        raise LabError("cannot start '%s': %s (build it, or name another one with --tridex)"
                       % (command[0], error.strerror)) from error
    if process.returncode != 0:
        said = "" if show else "\n" + (process.stderr.strip() or "it said nothing")
        raise LabError("exit status %d of\n  %s%s" % (process.returncode, shlex.join(command), said))
    return process.stdout


def call_json(command, settings=(), show=False):
    """The same of a command that writes JSON with `--json -`, with `--set` for each of the settings."""
    command = [*command, "--json", "-"]
    for setting in settings:
        command += ["--set", setting]
    text = call(command, show)
    try:
        return json.loads(text)
    except ValueError as error:
        raise LabError("no JSON from\n  %s\n%s" % (shlex.join(str(word) for word in command), error)) from error


def version(program):
    """The first line of what it says of itself."""
    return call([program, "--version"]).strip().splitlines()[0]
