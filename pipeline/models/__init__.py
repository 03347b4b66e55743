"""Weights of the engines as data: a catalogue, their download and verification."""
