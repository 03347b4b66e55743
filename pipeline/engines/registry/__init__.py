"""Registry of engines: classes by role and name, what languages a choice of them supports, how they are built and described."""
