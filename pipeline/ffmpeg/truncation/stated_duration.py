"""The duration that a film's header states, checked against the packets at the film's end.

A copy that broke off keeps the header of the whole film; a hostile file states a day and holds a second, and decoding it would
write a day of silence.
"""

from dataclasses import dataclass, replace
from pathlib import Path

from pipeline.errors import FilmError, ProgramError, ProgramKilled, ProgramMissing, ProgramTimeout
from pipeline.ffmpeg import packets
from pipeline.ffmpeg.truncation.container_size import count_missing_bytes
from pipeline.values.media import Truncation

SLACK_S, SLACK_FRACTION = 5.0, 0.03  # tolerance of a header's duration: s, and a fraction of it
MAX_TAIL_S = 600.0  # that a subtitle or chapters may go on after picture and sound
MAX_PACKET_S = 10.0  # of picture or sound; a longer one is wrong, too
MIN_BYTE_RATE = 100.0  # bytes a second: a silent, still film takes some hundred
DENSE_BYTE_RATE = 4_000.0  # bytes a second: hardly a film has less; one that has is read to its end
MAX_GAP_S = 60.0  # in a film of less, without picture and sound
SCAN_LIMIT_S = 60.0  # for reading packets
MAX_LOST_S = 5.0  # s of a film whose file is cut off; one that lost more is refused
MIN_LOST_S = 1.0  # s; a film that lost less is whole for whoever watches it


@dataclass(frozen=True, slots=True)
class Claim:
    """The times that a header states, in seconds, and the streams (ffmpeg's index) that are picture or sound."""

    start: float
    duration: float
    streams: frozenset[int]
    slack_s: float | None = None  # s by which the header may be off, where its file is known to be cut off

    @property
    def least(self) -> float:
        """Time that the last packets must reach, on the container's own clock."""
        return self.start + self.duration - self.slack

    @property
    def slack(self) -> float:
        """Seconds by which the header may be off."""
        if self.slack_s is not None:
            return self.slack_s
        return max(SLACK_S, SLACK_FRACTION * self.duration)


def require_whole(path: Path, name: str, claim: Claim, *, stated: float) -> Truncation | None:
    """The truncation of a file that is cut off and lost a little of its film; None for a whole film. FilmError where the file
    cannot hold what its header claims, or ends long before. `stated`: duration in seconds by another part of the header, believed only of a file that is cut off.
    """
    size = path.stat().st_size
    if size < MIN_BYTE_RATE * claim.duration:
        raise FilmError(f"{name} claims to last {format_time(claim.duration)}, and holds {size} bytes; copy it again")
    is_cut_off = count_missing_bytes(path) > 0
    if is_cut_off:
        if stated > claim.duration:  # without AVI's index, which is lost, its times are guesses: the dub would fail its check
            raise _build_truncation_error(name, claim.duration, stated)
        claim = replace(claim, slack_s=MIN_LOST_S)
    if claim.duration <= claim.slack:
        return None  # shorter than the tolerance
    if size < DENSE_BYTE_RATE * claim.duration and (gap := _find_widest_gap(path, claim)) > MAX_GAP_S:
        raise FilmError(
            f"{name} holds neither picture nor sound for {format_time(gap)} of {format_time(claim.duration)}; copy it again"
        )
    end = _find_end_near_claim(path, claim)
    if end < claim.least:
        end = _find_end_by_full_scan(path, claim)
    if end >= claim.least:
        return None
    seconds = max(0.0, end - claim.start)
    if is_cut_off and claim.duration - seconds <= MAX_LOST_S:
        return Truncation(round(seconds, 3), claim.duration)
    raise _build_truncation_error(name, seconds, claim.duration)


def _build_truncation_error(name: str, end: float, stated: float) -> FilmError:
    where = f"ends at {format_time(end)} of {format_time(stated)}" if stated - end >= MIN_LOST_S else "is cut off at its end"
    return FilmError(f"{name} {where}; copy it again, or remux it")


def _find_end_near_claim(path: Path, claim: Claim) -> float:
    """The end of picture and sound by the packets of the film's last part; the film's start where they cannot be read in time."""
    try:
        return _find_ends(path, claim, since=max(claim.start, claim.least)).end
    except ProgramTimeout:
        return claim.start


def _find_end_by_full_scan(path: Path, claim: Claim) -> float:
    """The end of picture and sound, or of subtitles and chapters after them, by reading all packets; the claimed one where that
    takes too long: so large a file may well last as long as it claims.
    """
    try:
        last = _find_ends(path, claim)
    except ProgramTimeout:
        return claim.start + claim.duration
    return min(last.any_end, last.end + MAX_TAIL_S) if last.any_end > last.end else last.end


def _find_widest_gap(path: Path, claim: Claim) -> float:
    """The longest time without a packet of picture or sound between two of them, in seconds. Durations of packets are not trusted beyond MAX_PACKET_S."""
    widest, end = 0.0, claim.start
    try:
        with packets.read_packets(path, since=None, timeout=SCAN_LIMIT_S) as found:
            for packet in found:
                if packet.stream in claim.streams:
                    widest = max(widest, packet.start - end)
                    end = max(end, packet.start + min(packet.duration, MAX_PACKET_S))
    except (ProgramKilled, ProgramMissing):
        raise  # no fault of the film
    except ProgramError:
        pass  # it breaks off, or has very many packets: what was read counts
    return widest


@dataclass(frozen=True, slots=True)
class _Ends:
    """Ends of the packets that were read, seconds on the container's clock: of picture and sound, and of all."""

    end: float
    any_end: float


def _find_ends(path: Path, claim: Claim, *, since: float | None = None) -> _Ends:
    """The last ends among the packets `since` then. Reading stops where picture and sound reach far enough, or the file breaks."""
    end = any_end = claim.start
    try:
        with packets.read_packets(path, since=since, timeout=SCAN_LIMIT_S) as found:
            for packet in found:
                until = packet.start + min(packet.duration, MAX_PACKET_S)
                any_end = max(any_end, until)
                if packet.stream in claim.streams:
                    end = max(end, until)
                    if end >= claim.least:
                        break
    except (ProgramKilled, ProgramMissing, ProgramTimeout):
        raise  # no fault of the film
    except ProgramError:
        pass  # it cannot be sought in, or breaks off: what was read counts
    return _Ends(end, any_end)


def format_time(seconds: float) -> str:
    """Seconds for people: `7 s`, or `1:02:03`."""
    if seconds < 120:
        return f"{seconds:.0f} s"
    whole = round(seconds)
    return f"{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}"
