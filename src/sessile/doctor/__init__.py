"""The doctor: evidence, facts, causes, diagnosis and fixes."""
