"""Which model serves each request of a batch, for the most quality or the least money."""
