"""A login on Django, its sessions in PostgreSQL."""
