"""Evaluation of engines and dubs: metrics, datasets, sweeps over engines, and a queueing model of the service."""
