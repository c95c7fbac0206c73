"""Job files: their schema, reading and checks, step order, and the rendering of prompts."""
