"""Pure routing: who serves which call, and why. No I/O, no clock, no environment, no global randomness."""
