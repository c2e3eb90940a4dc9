"""Two ways to use a page: with a mouse, whose clicks are counted, and with the keyboard alone."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

PLACE = """(wanted) => {
  const content = document.getElementById("content");
  if (document.activeElement === document.body && content?.contains(wanted)) return "skip";
  const from = document.activeElement;
  const open = (element) => element.checkVisibility() && !element.disabled && element.tabIndex >= 0;
  const follows = (element) => from === document.body || from.compareDocumentPosition(element) & 4;
  const kinds = "a[href], button, input, select, textarea, summary, [tabindex]";
  const all = [...document.querySelectorAll(kinds)].filter(open);
  const ahead = all.filter(follows);
  if (follows(wanted)) return ahead.indexOf(wanted) + 1;
  return all.indexOf(wanted) - all.filter((element) => element !== from && !follows(element)).length;
}"""
"""How many presses of Tab away an element is, about: radio buttons of a group share one; "skip" for an element of the
content of a page just opened, to which the page's first link leads past the navigation."""
MOST_TABS = 150


class Mouse:
    """Clicks, and counts them; typing is not counted."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.clicks = 0

    def use(self, wanted: Locator) -> None:
        """Click a link, button or menu."""
        self.clicks += 1
        wanted.click()

    def type(self, wanted: Locator, text: str) -> None:
        """Fill a field."""
        wanted.fill(text)

    def tick(self, wanted: Locator) -> None:
        """Choose a radio button."""
        self.clicks += 1
        wanted.check()


class Keyboard:
    """Presses keys; nothing else."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def reach(self, wanted: Locator) -> None:
        """Press Tab until the element has the focus, and make sure that one sees it."""
        wanted = wanted.first
        expect(wanted).to_be_visible()
        handle = wanted.element_handle()
        ahead = self.page.evaluate(PLACE, handle)
        if ahead == "skip":
            self.page.keyboard.press("Tab")
            self.page.keyboard.press("Enter")
            expect(self.page.locator("#content")).to_be_focused()
            ahead = self.page.evaluate(PLACE, handle)
        key = "Tab" if ahead >= 0 else "Shift+Tab"
        for _ in range(abs(ahead)):
            self.page.keyboard.press(key)
        for _ in range(MOST_TABS):
            if handle.evaluate("element => element === document.activeElement"):
                break
            self.page.keyboard.press(key)
        expect(wanted).to_be_focused()
        assert handle.evaluate("element => getComputedStyle(element).outlineStyle") != "none"

    def use(self, wanted: Locator) -> None:
        """Press Enter on a link, button or menu."""
        self.reach(wanted)
        self.page.keyboard.press("Enter")

    def type(self, wanted: Locator, text: str) -> None:
        """Type into a field in place of what it held."""
        self.reach(wanted)
        self.page.keyboard.press("Control+A")
        self.page.keyboard.type(text)

    def tick(self, wanted: Locator) -> None:
        """Choose a radio button of a group: with Tab to the group, with arrows through it."""
        name = wanted.get_attribute("name")
        self.reach(self.page.locator(f"input[name={name}]:checked"))
        for _ in range(10):
            if wanted.is_checked():
                return
            self.page.keyboard.press("ArrowDown")
        raise AssertionError(f"arrows do not lead to {name}")

    def switch(self, wanted: Locator) -> None:
        """Press the space bar on a checkbox, so that it is checked if it was not."""
        was_checked = wanted.is_checked()
        self.reach(wanted)
        self.page.keyboard.press("Space")
        expect(wanted).to_be_checked(checked=not was_checked)

    def choose(self, wanted: Locator, option: str) -> None:
        """Choose an option of a list with the arrow keys."""
        self.reach(wanted)
        self.page.keyboard.press("Home")
        for _ in range(wanted.locator("option").count()):
            if wanted.evaluate("element => element.selectedOptions[0].label") == option:
                return
            self.page.keyboard.press("ArrowDown")
        raise AssertionError(f"arrows do not lead to {option}")
