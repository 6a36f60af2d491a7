"""`python -m mathkit` is the mathkit program."""

from mathkit.cli import main

if __name__ == "__main__":
    main()
