"""Cascades: the cheaper model is asked first, and another one where the answer does not pass the step's check."""
