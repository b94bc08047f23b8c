"""The page of a topology as a person has it before them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from crowd import crowd, marks, node, small

from auditor.drawing import FORMATS, Mark, make_scene
from auditor.model import Severity

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

pytestmark = pytest.mark.browser

MARKUP = "<img src=x onerror=\"document.title='owned'\">"
ENTER, ESCAPE = "\ue007", "\ue00c"
Open = Callable[..., Any]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("topology")
    world = crowd()
    many = make_scene(world, marks(world["nodes"]), title="Many")
    (place / "many.html").write_text(FORMATS["html"](many), encoding="utf-8")
    world = small(MARKUP)
    mark = Mark(Severity.HIGH, MARKUP, MARKUP, MARKUP, MARKUP, MARKUP)
    world["nodes"].append(node("bucket", MARKUP, "unplaced", application=MARKUP))
    hostile = make_scene(world, {one["id"]: (mark,) for one in world["nodes"]}, title="Hostile")
    (place / "hostile.html").write_text(FORMATS["html"](hostile), encoding="utf-8")
    return place


@pytest.fixture
def opened(driver: Chrome, folder: Path) -> Open:
    """Opens a page at a width."""

    def of(name: str, width: int = 1280) -> Any:
        page: Any = driver
        page.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            {"width": width, "height": 860, "deviceScaleFactor": 1, "mobile": False},
        )
        page.get_log("browser")
        page.get((folder / f"{name}.html").as_uri())
        return page

    return of


@pytest.fixture(autouse=True)
def as_it_was(driver: Chrome) -> Any:
    yield
    page: Any = driver
    page.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def _all(page: Any, css: str) -> Any:
    return page.find_elements("css selector", css)


def _box(page: Any) -> list[float]:
    text = page.execute_script("return document.querySelector('#view > svg').getAttribute('viewBox')")
    return [float(one) for one in text.split()]


@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_is_refused_and_nothing_sticks_out(opened: Open, width: int) -> None:
    page = opened("many", width)
    assert page.get_log("browser") == []
    assert page.execute_script("return document.documentElement.scrollWidth <= innerWidth")


def test_a_box_shows_its_findings_with_the_fix_by_keyboard(opened: Open) -> None:
    page = opened("many")
    marked = _all(page, ".card[class*=sev-]")[0]
    page.execute_script("arguments[0].focus()", marked)
    marked.send_keys(ENTER)
    assert page.find_element("id", "details").is_displayed()
    assert "Fix: Do better." in page.find_element("id", "marks").text
    assert page.switch_to.active_element.get_attribute("id") == "what"
    page.switch_to.active_element.send_keys(ESCAPE)
    assert not page.find_element("id", "details").is_displayed()
    assert page.switch_to.active_element == marked


def test_a_click_shows_a_box_too(opened: Open) -> None:
    page = opened("many")
    page.find_element("css selector", ".card.kind-internet").click()
    assert page.find_element("id", "what").text == "the internet"


def test_filters_fade_what_does_not_fit(opened: Open) -> None:
    page = opened("many")
    page.find_element("css selector", "[name=tier] option[value=caching]").click()
    kept = _all(page, ".card:not(.out)")
    assert kept
    assert all("kind-caching" in one.get_attribute("class") for one in kept)
    assert page.find_element("id", "shown").text.startswith(f"{len(kept)} of ")
    page.find_element("css selector", "button[type=reset]").click()
    page.execute_async_script("setTimeout(arguments[0], 20)")
    assert _all(page, ".card.out") == []


def test_keys_and_buttons_zoom_and_move(opened: Open) -> None:
    page = opened("many")
    view, first = page.find_element("id", "view"), _box(page)
    view.send_keys("+")
    assert _box(page)[2] < first[2]
    view.send_keys("\ue014")
    assert _box(page)[0] > first[0]
    page.find_element("css selector", "[data-zoom='0']").click()
    assert _box(page) == first


def test_names_stay_text(opened: Open) -> None:
    page = opened("hostile")
    for one in _all(page, ".card"):
        page.execute_script("arguments[0].focus()", one)
        one.send_keys(ENTER)
    assert _all(page, "img") == []
    assert page.title == "Hostile"
    assert MARKUP in page.find_element("id", "marks").text
