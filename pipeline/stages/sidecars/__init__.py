"""Stages that write dubs as files beside the film."""
