"""How a command ends when it does not end well: exit 1 the answer is no, 2 bad input, 3 the world is in trouble."""

from __future__ import annotations

import click


class AnswerIsNo(click.ClickException):
    """A check failed or a difference was found."""

    exit_code = 1


class BadInput(click.ClickException):
    """The command was used wrongly, or what it was given cannot be used."""

    exit_code = 2


class EnvironmentTrouble(click.ClickException):
    """A broker, a port or a program that the command needs is not there."""

    exit_code = 3
