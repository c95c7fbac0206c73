"""The generated parts of the documentation, one module each: pure functions from the code to Markdown."""
