"""A film for the dashboard that can be watched, with two dubs."""

import subprocess

from pipeline.values.tasks import Task
from tests.support.dashboard import StoreService, add_dub
from tests.support.dashboard_server import Site


def dubbed_film(service: StoreService, site: Site, *, seconds: int, noise: str = "") -> Task:
    """Some seconds of picture, with the film's own track (400 Hz) and two dubs of ours."""
    film, dub = site.settings.library_roots[0] / "film.mkv", site.settings.data_dir / "dubs" / "film.mkv"
    dub.parent.mkdir(parents=True)
    command = ["ffmpeg", "-v", "error", "-nostdin", "-y", "-f", "lavfi", "-i", f"testsrc=s=320x180:r=10:d={seconds}{noise}"]
    for tone in (400, 800, 1200):
        command += ["-f", "lavfi", "-i", f"sine={tone}:d={seconds}"]
    coding = ["-c:v", "libx264", "-preset", "ultrafast", "-c:a", "flac", "-metadata:s:a:0", "language=eng"]
    subprocess.run([*command, "-map", "0", "-map", "1", *coding, str(film)], check=True)
    for number, (language, title) in enumerate((("spa", "Español"), ("cat", "Català")), 1):
        coding += [f"-metadata:s:a:{number}", f"language={language}", f"-metadata:s:a:{number}", f"title=Dubarr – {title}"]
    subprocess.run([*command, "-map", "0", "-map", "1", "-map", "2", "-map", "3", *coding, str(dub)], check=True)
    return add_dub(service, film, lines=120, output=dub)[0]
