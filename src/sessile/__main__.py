"""`python -m sessile`: the command line."""

from sessile.cli import main

main()
