"""Judging a classifier on labelled paragraphs: metrics, their intervals, and the report."""
