"""Prefect tasks and what they use: load, pure call, save. The only place that calls models or retrieves."""
