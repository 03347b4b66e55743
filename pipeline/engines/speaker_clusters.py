"""Which embeddings are the same speaker: average-linkage clustering, then merging by what each cluster can prove."""

import numpy as np
from numpy.typing import NDArray

from pipeline.engines.ge2e import Embeddings

Labels = NDArray[np.intp]  # (n,) cluster numbers from 0, without holes

PURE = 0.25  # mean cosine distance up to which average linkage joins: below any pair of speakers that we measured
LINKED_AT_MOST = 3_000  # embeddings in the quadratic part (about 150 MB); the others join the nearest cluster

# The mean embeddings of two samples of one voice differ by what chance leaves after averaging: less, the longer they
# are. Measured on JFK, LJ Speech, LibriVox and flite (same voice: all under) and a telephone call of two women (over).
SAME_VOICE = (0.13, 0.45)  # cosine distances that long and short samples of one voice reach
CHANCE = (0.04, 0.44)  # in between: 0.04 + 0.44 * (1/seconds + 1/seconds)
FRAGMENT = 1.0  # seconds: what lasts less proves nothing and joins its nearest neighbour


def cluster(embeddings: Embeddings, seconds: NDArray[np.float64], speakers: int | None) -> Labels:
    """One label per embedding; `seconds` (n,) is the speech each stands for. `speakers`: the exact count, if known."""
    labels = _pure_clusters(embeddings, speakers or 1)
    sums, weights = _sums(embeddings, seconds, labels)
    while len(weights) > (speakers or 1):
        pair = _next_merge(sums, weights, forced=speakers is not None)
        if pair is None:
            break
        keep, gone = sorted(pair)
        sums[keep] += sums[gone]
        weights[keep] += weights[gone]
        sums, weights = np.delete(sums, gone, 0), np.delete(weights, gone)
        labels = np.where(labels == gone, keep, labels)
        labels -= labels > gone
    return labels


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
    means, _ = _sums(sample, np.ones(len(sample)), found - 1)
    if len(sample) == len(embeddings):
        return np.asarray(found - 1, np.intp)
    return np.argmax(embeddings @ unit(means).T, axis=1)


def _sums(embeddings: Embeddings, seconds: NDArray[np.float64], labels: Labels) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Per cluster the weighted sum of embeddings, (clusters, 256), and its seconds, (clusters,)."""
    members = np.eye(labels.max() + 1)[labels] * seconds[:, None]  # (n, clusters)
    return members.T @ embeddings, members.sum(axis=0)


def _next_merge(sums: NDArray[np.float64], seconds: NDArray[np.float64], *, forced: bool) -> tuple[int, int] | None:
    """The pair that is the least likely to be two speakers; None where all pairs are two and nothing forces us."""
    directions = unit(sums)
    distances = 1.0 - directions @ directions.T
    np.fill_diagonal(distances, np.inf)
    fragments = np.flatnonzero(seconds < FRAGMENT)
    if len(fragments) and len(fragments) < len(seconds):
        gone = int(fragments[np.argmin(seconds[fragments])])
        return gone, int(np.argmin(np.where(seconds >= FRAGMENT, distances[gone], np.inf)))
    shortness = 1 / seconds[:, None] + 1 / seconds[None, :]
    allowed = np.clip(CHANCE[0] + CHANCE[1] * shortness, *SAME_VOICE)
    excess = distances / allowed
    first, second = np.unravel_index(np.argmin(excess), excess.shape)
    return (int(first), int(second)) if forced or excess[first, second] <= 1.0 else None


def unit(rows: NDArray[np.floating]) -> NDArray[np.float64]:
    """Each row at length 1; a row of zeros stays."""
    wide = rows.astype(np.float64)
    return wide / np.maximum(np.linalg.norm(wide, axis=-1, keepdims=True), 1e-9)
