"""Whether new weights may take the place of the live ones: what the log says of both, and what they have to show."""
