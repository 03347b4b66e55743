"""A library of films: scanned, planned and dubbed as one Ray Data pipeline, with a report in Parquet."""
