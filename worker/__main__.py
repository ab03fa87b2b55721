"""`python -m worker` is `lead-router`."""

from worker.ops.cli import main

if __name__ == "__main__":
    main()
