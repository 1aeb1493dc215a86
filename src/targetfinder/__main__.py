"""`python -m targetfinder`."""

from targetfinder.cli import main

main()
