"""A Django site with its admin, whose sessions are sessile's."""
