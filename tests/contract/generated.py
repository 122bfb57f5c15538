"""Schemathesis over every operation: no 5xx, and no answer outside of what /openapi.json says."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from server import TOKEN, Server

HERE = Path(__file__).parent
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
# A part of the answers must be successes: refusals alone would show nothing.
LEAST_SUCCESSES = 0.1


def run(server, chat, key, paths):
    """Asks for everything whose path fits with a caller's key; gives the codes of the answers."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.har"
        environment = {
            **os.environ,
            "CONTRACT_URL": server.url,
            "CONTRACT_TOKEN": TOKEN,
            "CONTRACT_CHAT": chat,
            "SCHEMATHESIS_HOOKS": "hooks",
            "PYTHONPATH": f"{HERE / '.packages'}:{HERE}",
        }
        command = [sys.executable, "-m", "schemathesis.cli", "run", f"{server.url}/openapi.json"]
        command += ["--header", f"Authorization: Bearer {key}", "--checks", CHECKS, "--include-path-regex", paths]
        # A stream has no end, a socket needs another protocol, and what is about sessions is not for a token, or has to
        # wait after ten tries.
        apart = "/stream$|/socket$|^/console/session$|^/console/password$|^/console/invitation$"
        command += ["--exclude-path-regex", apart]
        command += ["--phases", "examples,coverage,fuzzing", "--max-examples", os.environ.get("CONTRACT_CASES", "8")]
        command += ["--seed", "1", "--no-shrink", "--continue-on-failure", "--request-timeout", "30"]
        command += ["--warnings", "off", "--workers", "1"]
        command += ["--suppress-health-check", "all", "--report-har-path", str(report)]
        done = subprocess.run(command, env=environment, cwd=folder)
        answers = [entry["response"]["status"] for entry in json.loads(report.read_text())["log"]["entries"]]
    if done.returncode:
        raise SystemExit(done.returncode)
    return answers


def main():
    with Server() as server:
        code, _ = server.get("/openapi.json", anonymous=True)
        assert code == 200, code
        _, sources = server.get("/1.0/content_sources")
        chat = next(one["token"] for one in sources["records"] if one["type"] == "engage_messaging")
        _, visit = server.ask("POST", f"/chat/{chat}/session", {})
        answers = run(server, chat, visit["visitor"], "^/chat/") + run(server, chat, TOKEN, "^/(1.0|console)/")
        successes = sum(status == 200 for status in answers)
        print(f"contract: {len(answers)} requests, {successes} successes")
        assert successes >= LEAST_SUCCESSES * len(answers), "too few requests succeeded to show anything"
        assert server.get("/1.0/tags")[0] == 200, "the caller was locked out"


if __name__ == "__main__":
    main()
