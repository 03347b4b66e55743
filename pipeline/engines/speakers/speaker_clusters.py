"""Speaker clustering of voiceprints: average linkage, then merging by what each cluster can prove.

A voice's embedding moves with the room, the microphone and the music: by 0.16 to 0.33 in cosine distance from one
condition to another, while two similar voices in one condition lie only 0.12 apart. So clusters that take turns, and
share their condition, are held apart by little; clusters from different scenes are merged sooner.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.engines.speakers.ge2e_embeddings import Embeddings
from pipeline.engines.speakers.voiceprints import Voiceprints

Labels = NDArray[np.intp]  # (n,) cluster numbers from 0, without holes

PURE = 0.25  # mean cosine distance up to which average linkage joins: below any pair of speakers that we measured
LINKED_AT_MOST = 3_000  # embeddings in the quadratic part (about 150 MB); the others join the nearest cluster

# Mean embeddings of two samples of one voice differ by what chance leaves after averaging: less, the longer they are.
# Measured on JFK, LJ Speech, LibriVox, flite (one voice: under) and a telephone call of two women (over).
CHANCE = (0.04, 0.42)  # cosine distance 0.04 + 0.42 * (1/seconds + 1/seconds), within these bounds:
TAKING_TURNS, APART = 0.11, 0.22  # what even long samples may differ by, in one conversation and in different scenes
UTMOST = 0.45  # what even short samples may not
NEIGHBOURS = 6.0  # seconds between the looks of two clusters that take turns
FRAGMENT = 1.0  # seconds: what lasts less proves nothing and joins its nearest neighbour


def cluster_voiceprints(prints: Voiceprints, speakers: int | None) -> Labels:
    """One label per look. `speakers`: the exact count, where it is known."""
    clusters = _Clusters.of(prints, _pure_clusters(prints.embeddings, speakers or 1))
    while clusters.count > (speakers or 1):
        pair = clusters.next_merge(forced=speakers is not None)
        if pair is None:
            break
        clusters.merge(*sorted(pair))
    return clusters.labels


def _pure_clusters(embeddings: Embeddings, at_least: int) -> Labels:
    """Many small clusters of one speaker each, by average linkage over an even sample."""
    from scipy.cluster.hierarchy import fcluster, linkage
    from scipy.spatial.distance import squareform

    if len(embeddings) == 1:
        return np.zeros(1, np.intp)
    sample = embeddings[:: -(-len(embeddings) // LINKED_AT_MOST)]
    distances = np.maximum(0.0, 1.0 - sample @ sample.T)
    np.fill_diagonal(distances, 0.0)
    tree = linkage(squareform(distances, checks=False), "average")
    found = fcluster(tree, PURE, "distance")
    if found.max() < at_least:
        found = fcluster(tree, at_least, "maxclust")
    if len(sample) == len(embeddings):
        return np.asarray(found - 1, np.intp)
    return np.argmax(embeddings @ mean_embeddings(sample, np.asarray(found - 1)).T, axis=1)


@dataclass(slots=True)
class _Clusters:
    """Clusters while they merge: per cluster the weighted sum of embeddings, its seconds, and which looks are near it."""

    prints: Voiceprints
    labels: Labels
    sums: NDArray[np.float64]  # (clusters, 256)
    seconds: NDArray[np.float64]  # (clusters,)
    beside: NDArray[np.float64]  # (clusters, clusters): seconds of the one that lie near looks of the other

    @classmethod
    def of(cls, prints: Voiceprints, labels: Labels) -> "_Clusters":
        _, labels = np.unique(labels, return_inverse=True)
        count = int(labels.max()) + 1
        weighted = prints.embeddings * prints.seconds[:, None]
        sums = np.stack([weighted[labels == n].sum(axis=0, dtype=np.float64) for n in range(count)])
        clusters = cls(prints, labels, sums, np.bincount(labels, prints.seconds).astype(np.float64), np.zeros((count, count)))
        for n in range(count):
            clusters._note_neighbours(n)
        return clusters

    @property
    def count(self) -> int:
        return len(self.seconds)

    def _note_neighbours(self, n: int) -> None:
        own = self.prints.middles[self.labels == n]
        at = np.searchsorted(own, self.prints.middles)
        before, after = own[np.maximum(at - 1, 0)], own[np.minimum(at, len(own) - 1)]
        gap = np.minimum(np.abs(self.prints.middles - before), np.abs(after - self.prints.middles))
        self.beside[:, n] = np.bincount(self.labels, self.prints.seconds * (gap <= NEIGHBOURS), self.count)

    def merge(self, keep: int, gone: int) -> None:
        """Put cluster `gone` into `keep`, which has the lower number."""
        self.sums[keep] += self.sums[gone]
        self.seconds[keep] += self.seconds[gone]
        self.beside[keep] += self.beside[gone]
        self.labels = np.where(self.labels == gone, keep, self.labels)
        self.labels -= self.labels > gone
        self.sums, self.seconds = np.delete(self.sums, gone, 0), np.delete(self.seconds, gone)
        self.beside = np.delete(np.delete(self.beside, gone, 0), gone, 1)
        self._note_neighbours(keep)

    def next_merge(self, *, forced: bool) -> tuple[int, int] | None:
        """The pair that is the least likely to be two speakers; None where all pairs are two and nothing forces us."""
        directions = normalize_rows(self.sums)
        distances = 1.0 - directions @ directions.T
        np.fill_diagonal(distances, np.inf)
        fragments = np.flatnonzero(self.seconds < FRAGMENT)
        if len(fragments) and len(fragments) < self.count:
            gone = int(fragments[np.argmin(self.seconds[fragments])])
            return gone, int(np.argmin(np.where(self.seconds >= FRAGMENT, distances[gone], np.inf)))
        excess = distances / self._max_distances()
        first, second = np.unravel_index(np.argmin(excess), excess.shape)
        return (int(first), int(second)) if forced or excess[first, second] <= 1.0 else None

    def _max_distances(self) -> NDArray[np.float64]:
        """The distance up to which two clusters may be one voice, (clusters, clusters)."""
        share = self.beside / self.seconds[:, None]
        together = np.minimum(share, share.T)  # 1.0: each is always near the other
        least = APART + (TAKING_TURNS - APART) * np.clip(together, 0.0, 1.0)
        shortness = 1 / self.seconds[:, None] + 1 / self.seconds[None, :]
        return np.asarray(np.clip(CHANCE[0] + CHANCE[1] * shortness, least, UTMOST))


def mean_embeddings(embeddings: Embeddings, labels: Labels) -> Embeddings:
    """The mean direction of each label that occurs, (labels, 256)."""
    return normalize_rows(np.stack([embeddings[labels == label].mean(axis=0) for label in np.unique(labels)])).astype(np.float32)


def normalize_rows(rows: NDArray[np.floating]) -> NDArray[np.float64]:
    """Each row at length 1; a row of zeros stays."""
    wide = rows.astype(np.float64)
    return np.asarray(wide / np.maximum(np.linalg.norm(wide, axis=-1, keepdims=True), 1e-9))
