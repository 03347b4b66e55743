"""The steps of a Dockerfile in a chroot, where no container runtime is: each RUN with the variables, folder and user that it would have."""

import fnmatch
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from pipeline.errors import DubarrError
from pipeline.processes import subprocesses
from tools.container.dockerfile import Instruction, expand_variables, parse_assignments

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
# Mounts are seen by the step alone, and end with it. $1: the root; the paths until "--" are bound into it.
STEP_SCRIPT = """
root=$1; shift
for each in proc dev; do mount --rbind "/$each" "$root/$each"; done
while [ "$1" != -- ]; do
  if [ -d "$1" ]; then mkdir -p "$root$1"; else mkdir -p "$root$(dirname "$1")"; touch "$root$1"; fi
  mount --bind "$1" "$root$1"; shift
done
shift
exec chroot "$@"
"""


@dataclass(frozen=True, slots=True)
class Step:
    """A command of the image's, with all that it runs under. `variables`: its whole environment."""

    command: str
    user: str
    folder: str
    variables: Mapping[str, str] = field(default_factory=dict)

    def build_args(self, root: Path, binds: Sequence[Path] = ()) -> list[str]:
        """The command line that runs it in a root."""
        environment = [f"{name}={value}" for name, value in self.variables.items()]
        userspec = [f"--userspec={self.user}:{self.user}"] if self.user != "root" else []
        inside = [
            *userspec,
            str(root),
            "/usr/bin/env",
            "-i",
            *environment,
            "/bin/sh",
            "-c",
            f"cd {self.folder} && {self.command}",
        ]
        return ["unshare", "--mount", "sh", "-euc", STEP_SCRIPT, "sh", str(root), *map(str, binds), "--", *inside]


@dataclass(frozen=True, slots=True)
class CopyStep:
    """Copy of the checkout into the image. `owner`: a user's name."""

    target: str
    owner: str


def plan_steps(instructions: Sequence[Instruction], given: Mapping[str, str]) -> Iterator[Step | CopyStep]:
    """The steps of a Dockerfile in order. `given`: values of its ARGs and of the variables of all steps, such as proxies."""
    arguments: dict[str, str] = dict(given)
    variables, user, folder = {"PATH": PATH, "HOME": "/root"}, "root", "/"
    for each in instructions:
        match each.keyword:
            case "ARG":
                arguments = parse_assignments(each.rest, arguments) | arguments
            case "ENV":
                variables |= parse_assignments(each.rest, arguments | variables)
            case "WORKDIR":
                folder = expand_variables(each.rest, arguments | variables)
            case "USER":
                user = expand_variables(each.rest, arguments | variables)
            case "RUN":
                yield Step(each.rest, user, folder, arguments | variables)
            case "COPY":
                yield _parse_copy(each.rest)
            case _:
                pass  # of the image as it runs


def _parse_copy(rest: str) -> CopyStep:
    words = rest.split()
    owner = next((word.removeprefix("--chown=").partition(":")[0] for word in words if word.startswith("--chown=")), "root")
    source, target = [word for word in words if not word.startswith("--")]
    if source != ".":
        raise DubarrError(f"Dockerfile: COPY {source} is not tried here, only that of the whole checkout (.)")
    return CopyStep(target, owner)


def run_step(step: Step | CopyStep, root: Path, checkout: Path, binds: Sequence[Path]) -> None:
    """Take a step in a root. DubarrError where it fails."""
    if isinstance(step, CopyStep):
        copy_checkout(checkout, root, step)
    elif code := subprocesses.run_on_terminal(step.build_args(root, binds)):
        raise DubarrError(f"image: a step ended with exit code {code}: {step.command[:200]}")


def copy_checkout(checkout: Path, root: Path, step: CopyStep) -> int:
    """Copy the files that are not ignored. Returns their number."""
    patterns = read_ignored(checkout)
    user, group = find_owner(root, step.owner)
    target = root / step.target.lstrip("/")
    copied = 0
    for folder, folders, files in os.walk(checkout):
        inside = Path(folder).relative_to(checkout)
        folders[:] = sorted(name for name in folders if not is_ignored(inside / name, patterns))
        destination = target / inside
        destination.mkdir(parents=True, exist_ok=True)
        os.chown(destination, user, group)
        for name in (name for name in files if not is_ignored(inside / name, patterns)):
            shutil.copy2(Path(folder) / name, destination / name, follow_symlinks=False)
            os.chown(destination / name, user, group, follow_symlinks=False)
            copied += 1
    return copied


def read_ignored(checkout: Path) -> tuple[str, ...]:
    """The patterns of .dockerignore."""
    lines = (checkout / ".dockerignore").read_text("utf-8").splitlines()
    return tuple(line.strip() for line in lines if line.strip() and not line.startswith("#"))


def is_ignored(path: Path, patterns: Sequence[str]) -> bool:
    """True for a path, relative to the checkout, that a pattern of .dockerignore names. `**/` is any folder, none included."""
    text = str(PurePosixPath(path))
    return any(
        fnmatch.fnmatchcase(path.name, pattern.removeprefix("**/"))
        if pattern.startswith("**/")
        else fnmatch.fnmatchcase(text, pattern)
        for pattern in patterns
    )


def find_owner(root: Path, name: str) -> tuple[int, int]:
    """Numbers of a user and its group in a root. DubarrError where it has no such user."""
    for line in (root / "etc" / "passwd").read_text("utf-8").splitlines():
        fields = line.split(":")
        if fields[0] == name:
            return int(fields[2]), int(fields[3])
    raise DubarrError(f"image: {root} has no user {name}; the step before makes it")
