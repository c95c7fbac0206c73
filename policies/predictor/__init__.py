"""What is predicted of each model for each request: quality with its standard error, cost, latency, and why."""
