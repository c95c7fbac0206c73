"""What a policy would have been worth on logged decisions, from the probabilities that they were made with."""
