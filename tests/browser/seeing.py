"""What can be seen to be wrong with a page as it is on the screen: for axe, and for its width."""

from __future__ import annotations

from axe_playwright_python.base import AXE_SCRIPT

from tests.browser.conftest import Visit
from tests.thorough import THOROUGH

# a row of a table is like the twelve above it; their colors take most of the time
ALIKE = "" if THOROUGH else "tbody tr:nth-child(n+13)"
FIND_VIOLATIONS = """(alike) => axe.run(
  {exclude: alike ? [alike] : []}, {resultTypes: ["violations"]}
).then(({violations}) =>
  violations.map(({id, nodes}) => `${id}: ${nodes.length} × ${nodes[0].target[0]}`))"""


def faults_to_see(visit: Visit) -> list[str]:
    """Return what axe finds where scripts run, and by how much the page is wider than the screen."""
    found = [f"{overflow} px too wide"] if (overflow := visit.overflow()) > 0 else []
    if not visit.page.evaluate("matchMedia('(scripting: enabled)').matches"):
        return found  # axe would wait for ever
    if not visit.page.evaluate("'axe' in window"):
        visit.page.evaluate(AXE_SCRIPT)
    return found + [f"axe: {text}" for text in visit.page.evaluate(FIND_VIOLATIONS, ALIKE)]
