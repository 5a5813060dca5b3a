"""Server-side sessions that stay put, and a doctor that says why yours didn't."""
