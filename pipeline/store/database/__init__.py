"""The DuckDB file: connection, schema and migrations, transactions, backups and snapshots."""
