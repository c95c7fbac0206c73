"""Judges: models that score other models' answers, by a rubric."""
