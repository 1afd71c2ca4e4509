"""Page: a backtest's report as one HTML file that asks nobody for anything."""

from collections.abc import Iterable, Iterator
from html import escape
from typing import Any

from truckroll.backtest.charts import bars_svg, example_svg
from truckroll.backtest.rows import Table, by_rule, by_week, difference, drafts, facts, notes, only_in, outcome
from truckroll.backtest.words import label

POLICY = "default-src 'none'; style-src 'unsafe-inline'"
STYLE = """
body{font:15px/1.5 system-ui,"Noto Sans SC",sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem;color:#1b1b1f}
h1,h2,h3{line-height:1.2}table{border-collapse:collapse;margin:.5rem 0 1.5rem;width:100%}
th,td{text-align:left;padding:.25rem .75rem .25rem 0;border-bottom:1px solid #ddd;vertical-align:top}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.25rem 1.5rem}dt{color:#555}dd{margin:0}
figure{display:inline-block;width:27rem;max-width:100%;margin:0 1rem 1rem 0}figcaption{font-size:.85rem;color:#444}
svg{width:100%;height:auto;background:#fafafa}li{margin:.2rem 0}
"""


def page(report: dict[str, Any], language: str) -> str:
    """The file. Everything in it that came from data is escaped."""
    title = label("title", language)
    return "\n".join(
        [
            f'<!doctype html><html lang="{"zh-CN" if language == "zh" else "en"}"><head><meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">',
            '<meta name="viewport" content="width=device-width,initial-scale=1">',
            f"<title>{escape(title)}</title><style>{STYLE}</style></head><body><main>",
            f"<h1>{escape(title)}</h1>",
            listed(facts(report, language)),
            *body(report, language),
            "<ul>",
            *(f"<li>{escape(note)}</li>" for note in notes(report, language)),
            *(f"<li>{escape(label('next', language, name=name))}</li>" for name in drafts(report)),
            "</ul></main></body></html>",
            "",
        ]
    )


def body(report: dict[str, Any], language: str) -> Iterator[str]:
    """Each rule file, and how they differ."""
    if report["against"] is not None:
        yield heading(label("against", language))
        yield listed(difference(report["against"], language))
        yield table(only_in(report["against"], "only_a", language))
        yield table(only_in(report["against"], "only_b", language))
    for which in ("a", "b"):
        if report[which] is not None:
            if report["b"] is not None:
                yield heading(label(which, language))
            yield from of_result(report[which], language)


def of_result(result: dict[str, Any], language: str) -> Iterator[str]:
    """One rule file."""
    yield listed(outcome(result, language))
    yield bars_svg(result["weeks"])
    yield table(by_rule(result, language))
    yield table(by_week(result, language))
    if result["examples"]:
        yield f"<h3>{escape(label('examples', language))}</h3>"
    for example in result["examples"]:
        said = f"{example['rule']} · {example['asset']} · {example['from'][:16]}"
        metric = f" · {example['metric']}" if example["metric"] else ""
        yield f"<figure>{example_svg(example)}<figcaption>{escape(said + metric)}</figcaption></figure>"


def heading(text: str) -> str:
    """A heading."""
    return f"<h2>{escape(text)}</h2>"


def listed(pairs: Iterable[tuple[str, str]]) -> str:
    """Labels with values."""
    return f"<dl>{''.join(f'<dt>{escape(name)}</dt><dd>{escape(value)}</dd>' for name, value in pairs)}</dl>"


def table(said: Table) -> str:
    """A table; nothing where it has no rows."""
    if not said.rows:
        return ""
    head = "".join(f"<th>{escape(name)}</th>" for name in said.columns)
    rows = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in said.rows)
    return f"<h3>{escape(said.title)}</h3><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
