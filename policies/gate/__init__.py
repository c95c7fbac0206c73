"""Whether new weights may take the place of the live ones: what the log says of both, and the conditions of the gate."""
