"""What is written about Pointsman; `docs.build` generates the parts that code can tell."""
