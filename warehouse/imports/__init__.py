"""Reading what other tools recorded: exports as typed rows, with everything that is wrong with them."""
