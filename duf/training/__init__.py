"""Runs of training, from a recipe to shipped weights; docs/training.md."""
