"""`kubectl clv`: finds the verb, runs it, and turns what goes wrong into three lines and an exit code.

Verbs are imported when they are called, so that `--help` and completion answer at once.
"""

from __future__ import annotations

import importlib
import sys
import traceback
from collections.abc import Mapping
from dataclasses import dataclass

import click
from click.shell_completion import CompletionItem

from kubectl_clv.exits import EXIT_CODES, Exit
from kubectl_clv.failure import Failure, did_you_mean
from kubectl_clv.invocation import Invocation, connected
from sloengine.errors import ClusterError, ClvError, InvalidSpec, QueryError

INTERRUPTED = 130
COMPLETE_VARIABLE = "_KUBECTL_CLV_COMPLETE"


@dataclass(frozen=True, slots=True)
class Verb:
    """Where a verb is defined (`module:name` under kubectl_clv.verbs), and its line in the help."""

    place: str
    help: str
    group: str = ""


VERBS: Mapping[str, Verb] = {
    "status": Verb("status:status", "Error budgets by tier: what is left, how fast it burns, money at risk.", "Look"),
    "tiers": Verb("tiers:tiers", "Customer tiers: what they are worth, how fresh that is.", "Look"),
    "top": Verb("top:top", "Open incidents, by revenue at risk.", "Look"),
    "incident": Verb("incident:incident", "List, show, acknowledge, note, resolve and summarise incidents.", "Look"),
    "explain": Verb("explain:explain", "How a figure comes about: formula, numbers, PromQL.", "Ask"),
    "validate": Verb("validate:validate", "Check manifests before they are applied.", "Check"),
    "generate": Verb("generate:generate", "Write the Prometheus rules of manifests.", "Make"),
    "import": Verb("imports:imports", "Objectives of Sloth, Pyrra or OpenSLO as TieredSLOs.", "Make"),
    "completion": Verb("completion:completion", "Print the completion script of a shell.", "Self"),
    "version": Verb("version:version", "Versions of client, operator and CRDs, and whether they fit.", "Self"),
}


class LazyGroup(click.Group):
    """A group whose verbs are imported when they are called. verbs: by name; package: where their modules are."""

    def __init__(self, *arguments: object, verbs: Mapping[str, Verb], package: str, **settings: object) -> None:
        super().__init__(*arguments, **settings)  # type: ignore[arg-type]  # click's own parameters, passed through
        self.verbs = verbs
        self.package = package

    def list_commands(self, context: click.Context) -> list[str]:
        return list(self.verbs)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        verb = self.verbs.get(name)
        if verb is None:
            return None
        module, _, attribute = verb.place.partition(":")
        command: click.Command = getattr(importlib.import_module(f"{self.package}.{module}"), attribute)
        return command

    def resolve_command(
        self, context: click.Context, arguments: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if arguments and not arguments[0].startswith("-") and arguments[0] not in self.verbs:
            near = did_you_mean(arguments[0], self.verbs) or f"verbs are {', '.join(self.verbs)}"
            raise click.UsageError(f"There is no verb {arguments[0]!r}: {near}", context)
        return super().resolve_command(context, arguments)

    def shell_complete(self, context: click.Context, incomplete: str) -> list[CompletionItem]:
        """From the table of verbs too: a <TAB> must not wait for imports."""
        verbs = [
            CompletionItem(name, help=verb.help) for name, verb in self.verbs.items() if name.startswith(incomplete)
        ]
        return [*verbs, *click.Command.shell_complete(self, context, incomplete)]

    def format_commands(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        """From the table of verbs: importing them all would take longer than the help may."""
        groups = dict.fromkeys(verb.group for verb in self.verbs.values())
        for group in groups:
            with formatter.section(group or "Verbs"):
                formatter.write_dl([(name, verb.help) for name, verb in self.verbs.items() if verb.group == group])


@click.group(
    cls=LazyGroup,
    verbs=VERBS,
    package="kubectl_clv.verbs",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=f"`kubectl clv VERB --help` says more. {EXIT_CODES}",
)
@connected
@click.pass_context
def root(context: click.Context) -> None:
    """Value-weighted SLOs, and incidents ranked by revenue at risk."""
    context.ensure_object(Invocation)


def main(arguments: list[str] | None = None) -> int:
    """The exit code of one run."""
    invocation = Invocation()
    try:
        code = root.main(
            args=arguments,
            prog_name="kubectl clv",
            standalone_mode=False,
            obj=invocation,
            complete_var=COMPLETE_VARIABLE,
        )
    except click.exceptions.Exit as exit_:
        return exit_.exit_code
    except click.Abort:
        click.echo("Interrupted: nothing was left half-written.", err=True)
        return INTERRUPTED
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except ClvError as error:
        return _tell(_as_failure(error), debug=invocation.debug)
    except Exception as error:  # noqa: BLE001  # the root of the program: whatever it is, people get three lines
        failure = Failure(
            "The plugin itself failed",
            why=f"{type(error).__name__}: {error}",
            fix="run it again with --debug, and report what that prints",
        )
        return _tell(failure, debug=invocation.debug)
    return int(code) if isinstance(code, int) else Exit.DONE


def _tell(failure: Failure, *, debug: bool) -> int:
    for line in failure.lines():
        click.echo(line, err=True)
    if debug:
        traceback.print_exc(file=sys.stderr)
    return failure.code


def _as_failure(error: ClvError) -> Failure:
    match error:
        case Failure():
            return error
        case ClusterError():
            return Failure("The API server did not do it", why=str(error), fix=_REMEDIES.get(error.reason, ""))
        case QueryError():
            fix = "check --prometheus and CLV_PROMETHEUS_URL"
            return Failure("Prometheus gave no answer", why=str(error), fix=fix, code=Exit.UNKNOWN)
        case InvalidSpec():
            return Failure("The declaration is not valid", why=f"{error.field}: {error.problem}", fix=error.fix)
        case _:
            return Failure(str(error))


_REMEDIES = {
    "Unreachable": "check the context: `kubectl config current-context`, `kubectl cluster-info`",
    "Timeout": "try again; `kubectl get --raw /readyz` says whether the API server is well",
    "Unauthorized": "log in again: `kubectl auth whoami` says who you are to the API server",
    "Forbidden": "ask for the right, or use another --context; `kubectl auth can-i --list` shows what you may do",
    "NoSuchKind": "install the CRDs: `kubectl apply -f crds/`, or the chart clv-sre-crds",
    "Conflict": "somebody was faster; look at it and do it again",
    "Invalid": "mend the field that the message names",
    "AlreadyExists": "look at what is there first",
}

if __name__ == "__main__":
    sys.exit(main())
