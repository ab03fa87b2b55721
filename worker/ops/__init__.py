"""What an operator can do: one file per command, each exporting `command`."""
