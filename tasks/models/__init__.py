"""Model adapters: the one place that calls models, embedded or remote."""
