"""`kubectl clv completion SHELL`."""

from __future__ import annotations

import click

from kubectl_clv.complete import SHELLS, script


@click.command()
@click.argument("shell", type=click.Choice(SHELLS))
def completion(shell: str) -> None:
    r"""Print the completion script of a shell.

    \b
    bash:  source <(kubectl clv completion bash)
    zsh:   source <(kubectl clv completion zsh)
    fish:  kubectl clv completion fish | source

    `kubectl clv <TAB>` completes through kubectl's own completion, which runs kubectl_complete-clv from the PATH;
    this script adds completion of the command kubectl-clv itself.
    """
    click.echo(script(shell))
