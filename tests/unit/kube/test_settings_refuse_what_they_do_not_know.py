from datetime import timedelta
from pathlib import Path

import pytest

from clv_operator.settings import InvalidSettings, LogFormat, RulesOutput, Settings, load, parse


def refusal(document: object) -> str:
    with pytest.raises(InvalidSettings) as caught:
        parse(document)
    return str(caught.value)


def test_without_a_file_every_setting_has_its_default():
    settings = load(None)
    assert settings == Settings()
    assert settings.leader.lease_duration == timedelta(seconds=15)
    assert settings.incidents.mitigated_for == timedelta(minutes=5)


def test_every_section_is_read_in_camel_case():
    settings = parse(
        {
            "watchNamespaces": ["shop"],
            "leader": {"leaseDuration": "3s", "renewDeadline": "2s", "retryPeriod": "500ms"},
            "prometheus": {"url": "http://p:9090", "headers": {"X-Scope-OrgID": "a"}, "tls": {"caFile": "/ca"}},
            "alertmanagers": [{"url": "http://am-0:9093"}, {"url": "http://am-1:9093"}],
            "rules": {"output": "File", "directory": "/rules", "reloadUrl": "http://p:9090/-/reload"},
            "intake": {"tokenFiles": ["/t/a", "/t/b"], "maxBytes": 1000},
            "incidents": {"mitigatedFor": "60s"},
            "log": {"format": "text"},
        }
    )
    assert settings.watch_namespaces == ("shop",)
    assert settings.leader.retry_period == timedelta(milliseconds=500)
    assert settings.prometheus.headers == {"X-Scope-OrgID": "a"}
    assert settings.prometheus.tls.ca_file == Path("/ca")
    assert [peer.url for peer in settings.alertmanagers] == ["http://am-0:9093", "http://am-1:9093"]
    assert settings.rules.output is RulesOutput.FILE
    assert settings.intake.token_files == (Path("/t/a"), Path("/t/b"))
    assert settings.log.format is LogFormat.TEXT


def test_the_namespace_of_stray_incidents_is_watched_too():
    assert Settings().watched == ()
    assert parse({"watchNamespaces": ["shop"], "namespace": "clv"}).watched == ("shop", "clv")
    assert parse({"watchNamespaces": ["shop", "clv"], "namespace": "clv"}).watched == ("shop", "clv")


def test_a_misspelt_key_is_named_with_the_nearest_known_one():
    assert refusal({"leader": {"leaseDuraton": "15s"}}) == (
        "setting leader.leaseDuraton: is unknown; did you mean leaseDuration?"
    )


def test_a_key_that_resembles_nothing_is_listed_against_the_known_ones():
    assert "remove it. Known here: format, level" in refusal({"log": {"zzz": 1}})


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({"leader": {"leaseDuration": "15"}}, "leader.leaseDuration: '15' is no duration; write it as Prometheus does"),
        ({"leader": {"leaseDuration": 15}}, "leader.leaseDuration: is a whole number; write a duration such as 30s"),
        ({"watchNamespaces": "shop"}, "watchNamespaces: is text; write a list"),
        ({"alertmanagers": [{}]}, "alertmanagers[0].url: is missing; it has no default"),
        ({"rules": {"output": "Carrier pigeon"}}, "write one of PrometheusRule, ConfigMap, File"),
        ({"rules": {"output": "File"}}, "rules.directory: is missing"),
        ({"intake": {"insecureDemo": "yes"}}, "intake.insecureDemo: is text; write true or false"),
        ({"prometheus": {"headers": {"a": 1}}}, "prometheus.headers: is no mapping of text to text"),
        ({"web": {"listen": "8080"}}, "web.listen: '8080' is no address:port; write such as 0.0.0.0:8080"),
        ({"leader": {"renewDeadline": "20s"}}, "leader: needs leaseDuration > renewDeadline > retryPeriod"),
        ([], "(the file): is a list; write a mapping"),
    ],
)
def test_a_wrong_value_is_refused_with_its_key_and_the_fix(document: object, message: str):
    assert message in refusal(document)


def test_a_file_that_is_not_there_or_no_yaml_is_told_by_its_name(tmp_path: Path):
    with pytest.raises(InvalidSettings, match=r"cannot read .*absent"):
        load(tmp_path / "absent.yaml")
    broken = tmp_path / "broken.yaml"
    broken.write_text("a: [")
    with pytest.raises(InvalidSettings, match="is not YAML"):
        load(broken)


def test_an_empty_file_is_all_defaults(tmp_path: Path):
    empty = tmp_path / "empty.yaml"
    empty.write_text("# nothing\n")
    assert load(empty) == Settings()
