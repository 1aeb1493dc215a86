"""The report in a real browser: what a CAR designer does with it, offline."""

from __future__ import annotations

import csv
import dataclasses
import json
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.report import cohort_frames, frames

from targetfinder.report import page

webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is not installed")
By = pytest.importorskip("selenium.webdriver.common.by").By
Keys = pytest.importorskip("selenium.webdriver.common.keys").Keys

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not (CHROMIUM and DRIVER), reason="needs the Debian packages chromium and chromium-driver"),
]
GENES = 400
ARGUMENTS = (
    *("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    *("--disable-dev-shm-usage", "--force-prefers-reduced-motion", "--window-size=1440,900"),
)


@pytest.fixture(scope="module")
def planted() -> frames.Frames:
    return frames.make(GENES)


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory, planted: frames.Frames) -> Iterator[Any]:
    """Chromium without a network, on the report of the planted tables."""
    folder = tmp_path_factory.mktemp("browser")
    same = {field.name for field in dataclasses.fields(frames.Frames)}
    inputs = page.Inputs(**{name: getattr(planted, name) for name in same}, version="9.9")
    (folder / "report.html").write_text(page.render(inputs), encoding="utf-8")
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for argument in (*ARGUMENTS, f"--user-data-dir={folder / 'profile'}"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(DRIVER))
    offline = {"offline": True, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
    driver.execute_cdp_cmd("Network.enable", {})
    driver.execute_cdp_cmd("Network.emulateNetworkConditions", offline)
    driver.execute_cdp_cmd(
        "Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(folder / "downloads")}
    )
    driver.folder = folder
    try:
        yield driver
    finally:
        driver.quit()


@pytest.fixture(autouse=True)
def fresh(request: pytest.FixtureRequest) -> None:
    """Load the page anew; it must be ready within ten seconds."""
    driver = request.getfixturevalue("browser")
    driver.get("about:blank")
    driver.get((driver.folder / "report.html").as_uri())
    until(lambda: driver.execute_script("return document.body.dataset.ready"))


def until(true: Callable[[], Any], seconds: float = 10) -> Any:
    """Wait for something to become true, and return it."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := true():
            return found
        time.sleep(0.05)
    raise AssertionError("the page did not get there in time")


def shown(driver: Any) -> str:
    return str(driver.find_element(By.ID, "shown").text)


def symbols(driver: Any) -> list[str]:
    return texts(driver, "#table tbody button.gene")


def find(driver: Any, text: str) -> None:
    driver.find_element(By.ID, "search").send_keys(text)
    until(lambda: "of" in shown(driver))


def column(driver: Any, key: str) -> list[str]:
    return texts(driver, f"#table tbody td.c-{key}")


def texts(driver: Any, selector: str) -> list[str]:
    """Return the texts of all elements at one moment, so that none is replaced while it is read."""
    script = "return [...document.querySelectorAll(arguments[0])].map((e) => e.innerText.trim())"
    return list(driver.execute_script(script, selector))


def test_nothing_is_requested_and_nothing_goes_wrong(browser: Any) -> None:
    requested = {
        message["params"]["request"]["url"].split(":")[0]
        for entry in browser.get_log("performance")
        if (message := json.loads(entry["message"])["message"])["method"] == "Network.requestWillBeSent"
    }
    assert requested <= {"file", "blob", "data", "about", "chrome"}  # the browser's own first page is chrome:
    assert browser.get_log("browser") == []


def test_all_genes_are_counted_and_the_best_come_first(browser: Any, planted: frames.Frames) -> None:
    assert shown(browser) == f"{GENES} targets"
    first = planted.targets.sort_values("priority_rank")["symbol"].head(50).tolist()
    assert symbols(browser) == first


@pytest.mark.parametrize(("alias", "symbol"), [("BCMA", "TNFRSF17"), ("gpr64", "ADGRG2")])
def test_an_alias_finds_its_gene_and_is_shown(browser: Any, alias: str, symbol: str) -> None:
    find(browser, alias)
    assert symbols(browser) == [symbol]
    row = browser.find_element(By.CSS_SELECTOR, "#table tbody tr")
    assert "exact" in row.get_attribute("class")
    assert row.find_element(By.CLASS_NAME, "alias").text.lower() == alias.lower()


def test_an_exact_match_stands_above_the_order(browser: Any, planted: frames.Frames) -> None:
    last = planted.targets[planted.targets["symbol"] == "GENE3"]["priority_rank"].iloc[0]
    longer = planted.targets[planted.targets["symbol"].str.match(r"GENE3\d")]["priority_rank"].min()
    assert longer < last, "the planted tables no longer test this"
    find(browser, "gene3")
    assert symbols(browser)[0] == "GENE3"


def test_sorting_by_a_number_puts_missing_last_both_ways(browser: Any) -> None:
    for first in ("descending", "ascending"):
        browser.find_element(By.CSS_SELECTOR, "#table thead th.c-tumour_median").click()
        head = browser.find_element(By.CSS_SELECTOR, "#table thead th.c-tumour_median")
        until(lambda head=head, first=first: head.get_attribute("aria-sort") == first)
        values = [float(text.replace(",", "").replace("<", "")) for text in column(browser, "tumour_median")]
        assert values == sorted(values, reverse=first == "descending")
    browser.find_element(By.CSS_SELECTOR, ".dt-paging-button.last").click()
    until(lambda: frames.UNMEASURED in symbols(browser))
    assert symbols(browser)[-1] == frames.UNMEASURED


def test_a_button_orders_the_table_as_if_nk_cells_carried_the_car(browser: Any, planted: frames.Frames) -> None:
    by_mode = {mode: planted.targets.sort_values(f"rank_{mode}")["symbol"].tolist() for mode in ("car_t", "car_nk")}
    t, nk = browser.find_elements(By.CSS_SELECTOR, "button.mode")
    assert symbols(browser)[:5] == by_mode["car_t"][:5]
    assert (t.get_attribute("aria-pressed"), nk.get_attribute("aria-pressed")) == ("true", "false")
    nk.click()
    assert symbols(browser)[:5] == by_mode["car_nk"][:5]
    assert column(browser, "rank_car_nk")[:2] == ["1", "2"]
    assert (t.get_attribute("aria-pressed"), nk.get_attribute("aria-pressed")) == ("false", "true")
    t.click()
    assert symbols(browser)[:5] == by_mode["car_t"][:5]


def test_tier_filters_in_the_column_and_above_the_table_agree(browser: Any, planted: frames.Frames) -> None:
    count = planted.targets["safety_tier"].value_counts()
    select = browser.find_element(By.CSS_SELECTOR, '[data-filter="safety_tier"] select')
    select.send_keys("caution")
    until(lambda: shown(browser) == f"{count['caution']} of {GENES} targets")
    assert set(column(browser, "safety_tier")) == {"caution"}
    pressed = browser.find_element(By.CSS_SELECTOR, "button.tier.caution")
    assert pressed.get_attribute("aria-pressed") == "true"
    browser.find_element(By.CSS_SELECTOR, "button.tier.clear").click()
    until(lambda: shown(browser) == f"{count['caution'] + count['clear']} of {GENES} targets")
    browser.find_element(By.ID, "reset").click()
    until(lambda: shown(browser) == f"{GENES} targets")
    assert pressed.get_attribute("aria-pressed") == "false"


def test_minimum_and_maximum_leave_out_what_is_missing(browser: Any, planted: frames.Frames) -> None:
    low, high = browser.find_elements(By.CSS_SELECTOR, '[data-filter="tumour_median"] input')
    low.send_keys("5")
    high.send_keys("20")
    wanted = planted.targets["tumour_median"].between(5, 20).sum()
    until(lambda: shown(browser) == f"{wanted} of {GENES} targets")
    assert frames.UNMEASURED not in symbols(browser)


def test_text_filter_of_a_column(browser: Any, planted: frames.Frames) -> None:
    browser.find_element(By.CSS_SELECTOR, '[data-filter="binding_tissue"] input').send_keys("LIVER")
    wanted = (planted.targets["binding_tissue"] == "liver").sum()
    until(lambda: shown(browser) == f"{wanted} of {GENES} targets")


def test_missing_is_a_dash_with_a_name(browser: Any) -> None:
    find(browser, frames.UNMEASURED)
    assert column(browser, "tumour_median") == ["–"]
    dash = browser.find_element(By.CSS_SELECTOR, "#table td.c-tumour_median .none")
    assert dash.get_attribute("aria-label") == "not measured"


def test_detail_opens_and_closes_by_keyboard(browser: Any) -> None:
    find(browser, "ATP1A1")
    panel, button = (
        browser.find_element(By.ID, "detail"),
        browser.find_element(By.CSS_SELECTOR, "button.gene"),
    )
    assert not panel.is_displayed()
    button.send_keys(Keys.ENTER)
    until(panel.is_displayed)
    for words in (
        "ATP1A1",
        "gate needed",
        "900 nTPM",
        "5 more in safety.parquet",
        "binding",
        "SURFY (prediction)",
    ):
        assert words in panel.text, words
    assert browser.switch_to.active_element.text == "ATP1A1"
    browser.switch_to.active_element.send_keys(Keys.ESCAPE)
    until(lambda: not panel.is_displayed())
    assert browser.switch_to.active_element.get_attribute("class") == "gene"


def test_detail_goes_on_in_the_order_of_the_table(browser: Any) -> None:
    order = symbols(browser)
    browser.find_element(By.CSS_SELECTOR, "#table tbody td.c-efficacy").click()
    panel = browser.find_element(By.ID, "detail")
    until(panel.is_displayed)
    assert panel.find_element(By.TAG_NAME, "h2").text == order[0]
    panel.find_element(By.CSS_SELECTOR, '[aria-label^="Next"]').click()
    until(lambda: panel.find_element(By.TAG_NAME, "h2").text == order[1])


@pytest.mark.parametrize(
    ("symbol", "said"),
    [
        (
            "CD19",
            "kidney, proximal tubule cells: detected in 34 % of cells (90 % interval 21 to 46, 5 donors, 1,234 cells), "
            "61.0 TPM* (42.0 to 83.0)",
        ),
        ("CD19", "Safety rests on 48.0 TPM*: what two donors show, less ambient RNA."),
        ("TNFRSF17", "Plasma cells: 400 nTPM\nThe atlas joins the cells of all donors: there is no interval"),
        ("CD99", "blood, T cells: detected in 5 % of cells (40 cells), 0 TPM*"),
        ("CD99", "no tier moves. The highest donor does not count: explained by ambient RNA."),
        ("ATP1A1", "No atlas of cells measured it."),
    ],
)
def test_detail_names_the_worst_normal_cell_type_with_what_stands_behind_it(
    browser: Any, symbol: str, said: str
) -> None:
    browser.get((browser.folder / "report.html").as_uri() + f"#gene={symbol}")
    panel = browser.find_element(By.ID, "detail")
    until(panel.is_displayed)
    assert said in panel.text.replace("\n\n", "\n")


def test_detail_says_what_is_unmeasured(browser: Any) -> None:
    browser.get((browser.folder / "report.html").as_uri() + f"#gene={frames.UNMEASURED}")
    panel = browser.find_element(By.ID, "detail")
    until(panel.is_displayed)
    assert "The tumour was not measured" in panel.text
    assert "no value in 16 of 16 tissues" in panel.text
    assert "No normal tissue was measured." in panel.text


def test_detail_says_what_is_known_of_blood_and_effector_cells(browser: Any) -> None:
    browser.get((browser.folder / "report.html").as_uri() + "#gene=CD19")
    panel = browser.find_element(By.ID, "detail")
    until(panel.is_displayed)
    for words in (
        *("Blood and effector cells", "Fratricide of NK cells", "as CAR-NK", "RNA of <b>activated</b> cells"),
        *("Cytopenia", "no atlas of this reference set has them", "<b>B cells</b> 12", "Unknown is not low"),
    ):
        assert words in panel.text, words


def test_detail_says_whose_signal_it_is_and_that_cells_were_sorted_by_it(browser: Any) -> None:
    address = (browser.folder / "report.html").as_uri()
    sorted_by_it = "The cells of OWN_CELLS were sorted by this protein"
    for symbol, wanted, unwanted in (
        (
            "CD19",
            (sorted_by_it, "selection marker", "malignant cells: OWN_CELLS", "−0.50 log2 in OWN_PROTEIN"),
            "stroma",
        ),
        ("ATP1A1", ("stroma possible", "Malignant cells with a count"), "sorted by"),
        ("CD99", ("RNA against protein protein high, RNA low (OWN_PROTEIN)",), "sorted by"),
    ):
        browser.get("about:blank")
        browser.get(f"{address}#gene={symbol}")
        panel = browser.find_element(By.ID, "detail")
        until(panel.is_displayed)
        for words in wanted:
            assert words in panel.text, words
        assert unwanted not in panel.text
        hints = [part.get_attribute("title") for part in panel.find_elements(By.CSS_SELECTOR, ".key > div")]
        assert frames.PREVALENCE in hints
    find(browser, "CD19")
    assert column(browser, "prevalence")[0].endswith("sorted by it")


def test_cohorts_and_verdicts_are_a_link_away(browser: Any) -> None:
    assert "OWN_BULK n = 12" in texts(browser, ".facts .cohorts")[0].replace("\n", " ")
    for name, wanted in {
        "Cohorts": ("OWN_CELLS", "1,234 cells", "pseudobulk is compared by rank"),
        "Comparability": ("refused, but compared", cohort_frames.OVERRIDE, "the values fit <i>FPKM</i>"),
    }.items():
        link = browser.find_element(By.LINK_TEXT, name)
        section = browser.find_element(By.CSS_SELECTOR, link.get_dom_attribute("href"))
        for words in wanted:
            assert words in section.text, words
    assert browser.find_elements(By.CSS_SELECTOR, "#comparison i, #comparison b") == []


def in_nav(driver: Any) -> dict[str, str]:
    """Return the link of each entry of the bar by its text."""
    script = "return Object.fromEntries([...document.querySelectorAll('.top nav a')].map((a) => [a.text, a.hash]))"
    return dict(driver.execute_script(script))


def test_the_bar_leads_to_every_section_that_is_there_and_to_no_other(browser: Any) -> None:
    entries = in_nav(browser)
    wanted = {"Gates": "#gates", "Coverage": "#coverage", "Blind spots": "#limits", "RNA and protein": "#conflicts"}
    assert wanted.items() <= entries.items() and "Escape" not in entries
    missing = [hash for hash in entries.values() if hash and not browser.find_elements(By.CSS_SELECTOR, hash)]
    assert missing == []


def test_a_heading_sorts_the_contradictions_by_keyboard(browser: Any) -> None:
    rows, heads = "#limits table.sortable tbody tr > :nth-child({})", "#limits table.sortable thead th"
    count = len(texts(browser, heads))
    assert count == 7 and len(browser.find_elements(By.CSS_SELECTOR, f"{heads} button.sort")) == count
    for at, key in ((2, str), (1, int)):
        first = texts(browser, rows.format(at))
        assert len(set(first)) > 1, "the planted table no longer tests this"
        for order in ("ascending", "descending"):
            button = browser.find_elements(By.CSS_SELECTOR, f"{heads} button.sort")[at - 1]
            reach(browser, button)
            button.send_keys(Keys.ENTER)
            assert texts(browser, rows.format(at)) == sorted(first, key=key, reverse=order == "descending")
            sort = [head.get_attribute("aria-sort") for head in browser.find_elements(By.CSS_SELECTOR, heads)]
            assert sort == [order if place == at - 1 else None for place in range(count)]
    button.click()
    assert texts(browser, rows.format(1)) == sorted(first, key=int)


def reach(driver: Any, element: Any) -> None:
    """Go to an element with the tabulator from what stands before its table."""
    driver.execute_script("arguments[0].closest('.wide').focus()", element)
    for _ in range(10):
        if driver.switch_to.active_element == element:
            return
        driver.switch_to.active_element.send_keys(Keys.TAB)
    raise AssertionError("the tabulator does not get there")


def test_the_order_of_car_nk_is_reached_by_keyboard(browser: Any) -> None:
    search, nk = (browser.find_element(By.CSS_SELECTOR, name) for name in ("#search", '[data-mode="car_nk"]'))
    search.send_keys(Keys.TAB, Keys.NULL)
    browser.switch_to.active_element.send_keys(Keys.TAB)
    assert browser.switch_to.active_element == nk
    nk.send_keys(Keys.SPACE)
    assert nk.get_attribute("aria-pressed") == "true"


#: Visible elements beyond the edge of the page that no box of their own scrolls.
OUTSIDE = """
const width = document.documentElement.clientWidth;
const own = (e) => getComputedStyle(e).overflowX !== "visible";
const scrolls = (e) => e && e !== document.body && (own(e) || scrolls(e.parentElement));
return [...document.querySelectorAll("body *")].filter((e) => {
  const { left, right } = e.getBoundingClientRect();
  return right > left && (right > width + 1 || left < -1) && !e.matches(".skip") && !scrolls(e.parentElement);
}).map((e) => e.outerHTML.slice(0, 80));
"""


@pytest.mark.parametrize("width", [1400, 400])
def test_nothing_reaches_beyond_the_edge_of_the_page(browser: Any, width: int) -> None:
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    try:
        browser.find_element(By.CSS_SELECTOR, "#columns-menu summary").click()
        assert browser.execute_script(OUTSIDE) == []
        assert browser.execute_script("return document.documentElement.scrollWidth") <= width
    finally:
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_a_patient_is_a_link_away_and_its_targets_open_the_panel(browser: Any) -> None:
    link = browser.find_element(By.LINK_TEXT, "One patient")
    section = browser.find_element(By.CSS_SELECTOR, link.get_dom_attribute("href"))
    assert "One patient: Q1" in section.text and "patient <b>7</b>" in section.text
    panel = browser.find_element(By.ID, "detail")
    for gene in section.find_elements(By.CSS_SELECTOR, "tbody th a")[:2]:
        gene.send_keys(Keys.ENTER)
        until(panel.is_displayed)
        assert panel.find_element(By.TAG_NAME, "h2").text == gene.text
        browser.switch_to.active_element.send_keys(Keys.ESCAPE)
        until(lambda: not panel.is_displayed())
        assert browser.switch_to.active_element == gene


def test_detail_says_what_is_on_file_and_what_is_unverified(browser: Any) -> None:
    address = (browser.folder / "report.html").as_uri()
    panel = browser.find_element(By.ID, "detail")
    for symbol, wanted in {
        "TNFRSF17": ("Cells without BCMA grew back.", "myeloma", "unverified", "It faces the lumen."),
        "CD19": ("No liability on file.", "Nothing on file on orthologues"),
        "ATP1A1": ("<img src=x",),
    }.items():
        browser.get("about:blank")
        browser.get(f"{address}#gene={symbol}")
        panel = browser.find_element(By.ID, "detail")
        until(panel.is_displayed)
        for words in wanted:
            assert words in panel.text, words
        links = [link.get_attribute("href") for link in panel.find_elements(By.TAG_NAME, "a")]
        assert ("https://pubmed.ncbi.nlm.nih.gov/12345678/" in links) == (symbol == "TNFRSF17")
    assert browser.execute_script("return window.pwned") is None


def test_hostile_text_is_shown_and_does_nothing(browser: Any) -> None:
    for symbol, name in frames.HOSTILE.items():
        box = browser.find_element(By.ID, "search")
        box.clear()
        box.send_keys(symbol)
        until(lambda symbol=symbol: symbols(browser) == [symbol])
        browser.find_element(By.CSS_SELECTOR, "button.gene").send_keys(Keys.ENTER)
        panel = browser.find_element(By.ID, "detail")
        until(panel.is_displayed)
        assert panel.find_element(By.TAG_NAME, "h2").text == symbol
        assert name.split(" ")[-1] in panel.text
        browser.switch_to.active_element.send_keys(Keys.ESCAPE)
    assert browser.execute_script("return window.pwned") is None
    assert browser.find_elements(By.CSS_SELECTOR, "#table img, #detail img, #table script") == []


def test_columns_can_be_switched(browser: Any) -> None:
    assert column(browser, "gene_id") == []
    browser.find_element(By.CSS_SELECTOR, "#columns-menu summary").click()
    browser.find_element(By.XPATH, '//div[@id="columns-list"]/label[text()="Ensembl gene"]').click()
    until(lambda: column(browser, "gene_id"))
    assert column(browser, "gene_id")[0].startswith("ENSG")


def test_csv_holds_the_filtered_rows_and_no_formula(browser: Any, planted: frames.Frames) -> None:
    browser.find_element(By.CSS_SELECTOR, "button.tier.clear").click()
    wanted = planted.targets[planted.targets["safety_tier"] == "clear"].sort_values("priority_rank")
    until(lambda: shown(browser) == f"{len(wanted)} of {GENES} targets")
    browser.find_element(By.ID, "csv").click()
    path = browser.folder / "downloads" / "planted_sarcoma_targets_filtered.csv"
    until(path.exists)
    with Path(path).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    plain = [row["symbol"].removeprefix("'") for row in rows]
    assert plain == wanted["symbol"].tolist()
    assert {row["safety_tier"] for row in rows} == {"clear"}
    assert [int(row["priority_rank"]) for row in rows] == wanted["priority_rank"].tolist()
    for row, efficacy in zip(rows, wanted["efficacy"], strict=True):
        assert float(row["efficacy"]) == pytest.approx(efficacy, abs=5e-5)
        assert not row["symbol"].startswith(("=", "@", "-", "+"))
