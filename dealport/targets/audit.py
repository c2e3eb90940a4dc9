"""`make audit`: compare every pinned package with the advisories of osv.dev, or of the OSV server named by ARGS.

pip-audit asks, from an environment of its own. Exit status 0 if every pin was looked up and none has an advisory, 1 if
one has, 2 if a pin was not looked up: an audit that could not ask has found nothing out.
"""

import hashlib
import json
import platform
import re
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from dealport.servers.use import ROOT
from dealport.targets.lock import FILES

HOME = ROOT / ".dealport" / "audit"
REQUIREMENTS = ROOT / "requirements-audit.txt"
SERVICE = "https://api.osv.dev/v1/query"
# Marks ("; sys_platform == …") leave a package to other platforms: pip-audit looks up those of this one.
PIN = re.compile(r"^([a-z0-9-]+)==(\S+) \\$", re.M)
NOT_AUDITED = 2


@dataclass
class Findings:
    """What is known of the packages of all files."""

    advisories: set[str] = field(default_factory=set)
    not_audited: list[str] = field(default_factory=list)


def main(service: str = SERVICE) -> None:
    """Print the advisories, or what was not audited, and end with the exit status."""
    program = _program()
    findings = Findings()
    for name in FILES:
        print(f"Auditing {name}.txt ...", flush=True)
        _audit(program, ROOT / f"{name}.txt", service, findings)
    for line in sorted(findings.advisories):
        print(line)
    if findings.not_audited:
        print(f"NOT AUDITED: {service} could not be asked about all packages.", *findings.not_audited, sep="\n")
        sys.exit(NOT_AUDITED)
    if findings.advisories:
        sys.exit(f"Advisories: {len(findings.advisories)}. Raise the versions: make lock, docs/development.md.")
    print("Every pinned package was looked up; no advisory is known.")


def _program() -> Path:
    """Return pip-audit, installed anew after its pins or the Python changed."""
    kind = f"{platform.python_version()} {hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()}"
    stamp = HOME / "installed"
    if not stamp.exists() or stamp.read_text() != kind:
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(HOME)], check=True)
        pip = [str(HOME / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "--quiet", "install"]
        command = [*pip, "--require-hashes", "-r", str(REQUIREMENTS)]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode:
            print(f"{done.stdout.strip()}\nNOT AUDITED: pip-audit could not be installed; the lines above say why.")
            sys.exit(NOT_AUDITED)
        stamp.write_text(kind)
    return HOME / "bin" / "pip-audit"


def _audit(program: Path, file: Path, service: str, findings: Findings) -> None:
    """Add what is known of the packages of a file."""
    command = [
        *(str(program), "--requirement", str(file), "--require-hashes", "--disable-pip", "--format", "json"),
        *("--desc", "off", "--progress-spinner", "off", "--vulnerability-service", "osv", "--osv-url", service),
    ]
    done = subprocess.run(command, capture_output=True, text=True)
    try:
        answers = {answer["name"]: answer for answer in json.loads(done.stdout)["dependencies"]}
    except (ValueError, KeyError):
        reason = (done.stderr.strip().splitlines() or ["no answer"])[-1]
        findings.not_audited.append(f"{file.name}: {reason}")
        return
    for name, version in PIN.findall(file.read_text()):
        answer = answers.get(name, {"skip_reason": "pip-audit left it out"})
        if "vulns" not in answer:
            findings.not_audited.append(f"{file.name}: {name} {version}: {answer['skip_reason']}")
    for name, answer in answers.items():
        for advisory in answer.get("vulns", ()):
            fixed = ", ".join(advisory["fix_versions"]) or "no version"
            findings.advisories.add(f"{name} {answer['version']}: {advisory['id']}, fixed in {fixed}")
