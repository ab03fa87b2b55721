"""Settings say what is wrong with them, and keep secrets to themselves."""

from __future__ import annotations

from pathlib import Path

import pytest

from worker.stream.settings import PREFIX, SettingsError, load


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    for name in [name for name in os.environ if name.startswith(PREFIX)]:
        monkeypatch.delenv(name)


def test_nothing_need_be_set() -> None:
    settings = load()
    assert (settings.policy, settings.web_host, settings.web_port) == (
        "inside-sales",
        "127.0.0.1",
        9464,
    )
    assert settings.intake_group == "lead-router.intake"
    assert settings.lifecycle_group == "lead-router.lifecycle"


def test_the_environment_wins_over_the_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "worker.toml"
    file.write_text('partitions = 8\nbootstrap = "file:1"\n')
    monkeypatch.setenv("LEAD_ROUTER_SETTINGS", str(file))
    monkeypatch.setenv("LEAD_ROUTER_BOOTSTRAP", "a:1,b:2")
    assert (load().partitions, load().bootstrap) == (8, "a:1,b:2")


def test_a_fault_is_told_under_the_name_to_change(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEAD_ROUTER_WEB_PORT", "http")
    with pytest.raises(SettingsError, match=r"LEAD_ROUTER_WEB_PORT: .*integer"):
        load()


@pytest.mark.parametrize(
    "text, said",
    [
        ("partitons = 8", "LEAD_ROUTER_PARTITONS: no such setting"),
        ("partitions = = 8", "worker.toml"),
    ],
)
def test_a_bad_file_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str, said: str
) -> None:
    file = tmp_path / "worker.toml"
    file.write_text(text)
    monkeypatch.setenv("LEAD_ROUTER_SETTINGS", str(file))
    with pytest.raises(SettingsError, match=said):
        load()


def test_a_missing_file_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEAD_ROUTER_SETTINGS", "nowhere.toml")
    with pytest.raises(SettingsError, match=r"no such file: nowhere\.toml"):
        load()


def test_a_password_is_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEAD_ROUTER_SASL_PASSWORD", "hunter2")
    assert "hunter2" not in repr(load())
    monkeypatch.setenv("LEAD_ROUTER_SECURITY_PROTOCOL", "SASL_SSL")
    with pytest.raises(SettingsError, match="needs sasl_username") as refused:
        load()
    assert "hunter2" not in str(refused.value)
