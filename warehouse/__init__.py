"""The ledger: spool, loader, migrations, marts and expectations. The only place that knows DuckDB."""
