"""`python -m examples.shop.demo`: see `--help`."""

from __future__ import annotations

import argparse
import signal
import sys
import time
from typing import NoReturn

from devstack import DevstackError, NeverHappened
from devstack.acquire import find, obtain_all
from devstack.pins import DEFAULT
from examples.shop.demo.cluster import KubectlRefused
from examples.shop.demo.clusters import NotYourCluster
from examples.shop.demo.stage import Stage, set_stage, show
from examples.shop.demo.story import STORY
from examples.shop.demo.telling import Outcome, Telling, table_of
from examples.shop.demo.voice import Voice

ABOUT = """The main job of clv-sre, on real components: a web shop with customers of four tiers, error budgets per tier
from a real Prometheus, a fault that hits the most valuable customers, and one incident with its revenue at risk."""
CONTEXT = """use the API server of this context of your kubeconfig instead of one of our own. It must be reachable from
here, you must be its administrator, and it must have neither our custom resources nor namespaces called shop or
clv-sre: all that the demo makes there is deleted at the end"""
CONTROL_PLANE = {"etcd", "kube-apiserver", "kube-controller-manager"}
"""Not needed with --context."""


def main() -> None:
    arguments = _arguments()
    signal.signal(signal.SIGTERM, _interrupt)
    voice = Voice()
    try:
        sys.exit(_demo(voice, context=arguments.context, unattended=arguments.unattended))
    except KeyboardInterrupt:
        voice.note("stopped; nothing of it is left running")
        sys.exit(0 if not arguments.unattended else 130)
    except (DevstackError, NeverHappened, KubectlRefused, NotYourCluster) as error:
        voice.missed(str(error))
        sys.exit(1)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m examples.shop.demo", description=ABOUT)
    parser.add_argument(
        "--unattended",
        action="store_true",
        help="play the story once, end with a table of its steps; exit 1 if one was not seen",
    )
    parser.add_argument("--context", help=CONTEXT)
    return parser.parse_args()


def _demo(voice: Voice, *, context: str | None, unattended: bool) -> int:
    voice.heading("A shop whose customers are not all worth the same")
    voice.say(f"{ABOUT} It takes about twelve minutes, most of them waiting: the windows are real time.")
    _obtain(voice, needed=[name for name in DEFAULT if context is None or name not in CONTROL_PLANE])
    with set_stage(voice, context=context) as stage:
        _invite(voice, stage)
        outcomes = Telling(stage, voice, show=show, unattended=unattended).tell(STORY)
        ok = len(outcomes) == len(STORY) and all(outcome.is_as_expected for outcome in outcomes)
        if not ok:
            _say_what_the_operator_said(voice, stage)
        if not unattended:
            _stay(voice, stage)
    if unattended:
        _report(voice, outcomes)
    return 0 if ok else 1


def _obtain(voice: Voice, *, needed: list[str]) -> None:
    if all(find(name) for name in needed):
        return
    voice.say(
        "Some of the components are not on this machine yet: they are fetched or built, once, in about ten minutes."
    )
    obtain_all(needed)
    voice.begin()


def _invite(voice: Voice, stage: Stage) -> None:
    voice.say("To look for yourself, in another terminal:")
    first = stage.cluster.path.split(":")[0]
    voice.lines(
        [
            f"export KUBECONFIG={stage.cluster.kubeconfig} PATH={first}:$PATH",
            "kubectl get clv -A",
            "kubectl clv status -n shop",
            "kubectl clv top -n shop -w",
            "kubectl explain tieredslo.spec.objectives",
        ]
    )


def _stay(voice: Voice, stage: Stage) -> None:
    voice.heading("The shop stays open")
    voice.say("Prometheus is at")
    voice.lines([stage.prometheus.url])
    voice.say("Break something yourself, and Ctrl-C ends everything:")
    fault = '{"tier": "gold", "route": "/search", "error_share": 0.5}'
    voice.lines(
        [
            f"curl -X PUT {stage.at.back_office_url}/faults -d '{fault}'",
            f"curl -X DELETE {stage.at.back_office_url}/faults",
        ]
    )
    while True:
        time.sleep(3600)


def _report(voice: Voice, outcomes: list[Outcome]) -> None:
    voice.table("The story, step by step", ("", "step", "expected", "seen", "when"), table_of(outcomes, STORY))


def _say_what_the_operator_said(voice: Voice, stage: Stage) -> None:
    for replica in stage.operators:
        voice.note(f"the end of the log of {replica.name}:")
        voice.lines(replica.log_tail(25).splitlines())


def _interrupt(number: int, frame: object) -> NoReturn:
    raise KeyboardInterrupt


if __name__ == "__main__":
    main()
