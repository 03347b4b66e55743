"""A signal of changes without a stream: for fakes of the client, which are asked at intervals."""

import time
from types import TracebackType
from typing import Self


class NoEvents:
    """Waits out each interval."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        pass

    def wait(self, interval_s: float) -> None:
        time.sleep(interval_s)
