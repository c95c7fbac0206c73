"""Which model serves each request of a batch, so that quality is highest for the money, or money least for the quality."""
