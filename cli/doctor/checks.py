"""Diagnostic checks of a machine against a profile's requirements, each with advice. Pure functions of a probed `Machine`.

A failed check prevents dubbing; a note costs time or is information only.
"""

from cli.doctor.gpu import check_gpus
from cli.doctor.model_checks import check_api_servers, check_language_model, check_models, check_weights
from cli.doctor.report import Case, Check, ChosenEngine, Machine, Mark, create_check, create_node_check
from pipeline.settings import Settings

# Programs, and the Debian packages that they come in.
PROGRAMS = {"ffmpeg": "ffmpeg", "ffprobe": "ffmpeg", "espeak-ng": "espeak-ng", "apertium": "apertium"}
MIN_FFMPEG_VERSION = 5
MIN_FREE_GIB = 5.0  # GiB: a film, its artifacts and its dub
OBJECT_STORE_GIB = 0.5  # GiB of shared memory that Ray asks for


def run_checks(case: Case, machine: Machine) -> tuple[Check, ...]:
    """All checks, in the order in which they are best fixed."""
    return (
        *check_basics(case.settings, machine),
        *check_libraries(case, machine),
        *check_gpus(case, machine),
        *check_weights(case, machine),
        *check_models(case, machine),
        *check_language_model(case, machine),
        *check_api_servers(case, machine),
    )


def check_basics(settings: Settings, machine: Machine) -> tuple[Check, ...]:
    """Python, programs, disk, port: what every profile needs."""
    version = ".".join(map(str, machine.python))
    return (
        create_check(f"Python {version}", machine.python >= (3, 11), "install Python 3.11 or newer"),
        *(_check_program(name, package, machine) for name, package in PROGRAMS.items()),
        create_check(
            f"{machine.disk:.0f} GiB free in {settings.data_dir}",
            machine.disk > MIN_FREE_GIB,
            "make room, or set DATA_DIR to another disk",
        ),
        create_check(
            f"port {settings.port}", machine.port_free or machine.service is not None, "another program has it; set PORT"
        ),
        *check_access_modes(machine),
    )


def check_access_modes(machine: Machine) -> tuple[Check, ...]:
    """File permissions: a note for each path of the service that other users of this machine can read or replace."""
    found = (sentence.rpartition("; ") for sentence in machine.open_paths)
    notes = tuple(Check(Mark.NOTE, words, advice) for words, _, advice in found)
    return notes or (Check(Mark.OK, "other users of this machine cannot read what the service keeps"),)


def _check_program(name: str, package: str, machine: Machine) -> Check:
    if name not in machine.programs:
        return Check(Mark.FAIL, name, f"apt-get install {package}")
    if name != "ffmpeg" or machine.ffmpeg is None:
        return Check(Mark.OK, name)
    version = ".".join(map(str, machine.ffmpeg))
    return create_check(
        f"ffmpeg {version}", machine.ffmpeg >= (MIN_FFMPEG_VERSION,), f"install ffmpeg {MIN_FFMPEG_VERSION} or newer"
    )


def check_libraries(case: Case, machine: Machine) -> tuple[Check, ...]:
    """The Python modules of the profile's engines, ffmpeg's shared libraries and shared memory."""
    found = [
        _check_modules(played, case, machine)
        for played in case.played
        if played.requirements.modules and played.share.python is None
    ]
    if not case.profile.needs:
        return tuple(found)
    if machine.outdated:
        found.append(Check(Mark.NOTE, "the engines' libraries are not those of the pins", f"{case.setup} renews them"))
    found.append(create_check("ffmpeg's shared libraries", machine.avutil, "apt-get install ffmpeg (a static build lacks them)"))
    found.append(
        Check(Mark.OK, f"{machine.shared_memory:.1f} GiB of shared memory")
        if machine.shared_memory >= OBJECT_STORE_GIB
        else Check(
            Mark.NOTE,
            f"{machine.shared_memory:.1f} GiB of shared memory",
            "Ray would use the disk instead, which is slower; start the container with --shm-size=2g",
        )
    )
    return tuple(found)


def _check_modules(played: ChosenEngine, case: Case, machine: Machine) -> Check:
    words = f"{played.role} {played.name}"
    missing = [module for module in played.requirements.modules if module not in machine.modules]
    if not missing:
        return Check(Mark.OK, words)
    return create_node_check(machine, f"{words}: {', '.join(missing)} is not installed", case.setup)
