"""Templates render data, and nothing else: every way out, and every way to run on, ends in an error."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from policies.errors import BadInputError, WorkFailedError
from tasks.jobs.context import Context, RenderError
from tasks.jobs.prompts import render, render_shown
from tasks.jobs.templates import compile_template
from tasks.retrieval.corpus import Passage

CONTEXT = Context(
    item={
        "item_id": "1",
        "question": "What is {{ x }}?",
        "items": "a field called items",
        "empty": None,
        "n": 7,
        "flag": True,
        "long": "a" * 150_000,
        "many": list(range(200)),
        "mapping": {"a": 1, "b": [2]},
    },
    steps={
        "retrieve": [Passage("p1", "T1", "text one", "s1"), Passage("p2", "T2", "text two", "s2")],
        "cite": {"quote": "one", "keys": "k"},
        "rewrite": "better",
    },
)


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("plain", "plain"),
        ("{{ item.question }}", "What is {{ x }}?"),  # data is never a template
        ("{{ item['question'] }}", "What is {{ x }}?"),
        ("{{ item.items }}", "a field called items"),  # not dict.items
        ("{{ steps.cite.keys }}", "k"),
        ("{{ steps.rewrite }} {{ steps.cite.quote }}", "better one"),
        ("{% for p in steps.retrieve %}[{{ loop.index }}] {{ p.title }}\n{{ p.text }}\n{% endfor %}",
         "[1] T1\ntext one\n[2] T2\ntext two\n"),
        ("{% for p in steps.retrieve if p.title == 'T2' %}{{ p.source }}{% endfor %}", "s2"),
        ("{% for p in steps.retrieve %}{{ p.title }}{{ ', ' if not loop.last }}{% endfor %}", "T1, T2"),
        ("{% for x in item.mapping.zz | default([]) %}x{% else %}none{% endfor %}", "none"),
        ("{% if item.n > 5 and item.flag %}big{% else %}small{% endif %}", "big"),
        ("{% if item.zz is defined %}there{% else %}not{% endif %}", "not"),
        ("{{ item.n + 1 }} {{ item.n * 2 }} {{ -item.n }} {{ item.n % 4 }}", "8 14 -7 3"),
        ("{{ item.many[1:3] }} {{ item.many[-1] }} {{ item.question[:4] }}", "[1, 2] 199 What"),
        ("{{ item.mapping }} {{ item.flag }}", '{"a": 1, "b": [2]} true'),
        ("{{ item.empty | default('-') }}{{ item.zz | default('+') }}", "-+"),
        ("{{ steps.retrieve | join(' | ', attribute='title') }}", "T1 | T2"),
        ("{{ (steps.retrieve | first).title }}{{ (steps.retrieve | last).title }}", "T1T2"),
        ("{{ '  A b ' | trim | upper }} {{ 'X' | lower }} {{ 'ab' | capitalize }}", "A B x Ab"),
        ("{{ item.many | length }} {{ item.mapping | length }} {{ 'abc' | length }}", "200 2 3"),
        ("{{ 'abc' | replace('b', 'x') }} {{ 'abcdef' | truncate(4) }} {{ 'ab' | truncate(4) }}", "axc abc… ab"),
        ("{{ item.mapping | tojson }} {{ 'ü<' | tojson }}", '{"a": 1, "b": [2]} "ü<"'),
        ("{% for k, v in item.mapping | items %}{{ k }}={{ v }};{% endfor %}", "a=1;b=[2];"),
        ("line\n", "line\n"),
    ],
)  # fmt: skip
def test_a_template_renders_data(template: str, text: str) -> None:
    assert render(template, CONTEXT) == text


@pytest.mark.parametrize(
    ("template", "problem"),
    [
        ("{{ item.zz }}", "there is no 'zz' (there are: item_id, question,"),
        ("{{ item.zz.deeper }}", "there is no 'zz'"),
        ("{{ item.zz | upper }}", "there is no 'zz'"),
        ("{{ item.zz + 1 }}", "there is no 'zz'"),
        ("{% for x in item.zz %}{% endfor %}", "there is no 'zz'"),
        ("{{ steps.nothing }}", "there is no 'nothing'"),
        ("{{ steps.rewrite.upper }}", "there is no 'upper' (it has no fields)"),
        ("{{ steps.rewrite['upper'] }}", "there is no 'upper'"),
        ("{{ steps.retrieve[2] }}", "there is no 2"),
        ("{{ item.mapping | first }}", "a filter for lists got a mapping"),
        ("{{ item.mapping.zz | default([]) | first }}", "the first of an empty list"),
        ("{{ item.empty }}", "a value is null"),
        ("{{ item.empty | upper }}", "a filter for texts got a null"),
        ("{{ item.many | trim }}", "a filter for texts got a list"),
        ("{{ item.n | join }}", "a filter for lists got a int"),
        ("{{ item.n | items }}", "a filter for mappings got a int"),
        ("{{ item.question | truncate('x') }}", "the template can't be rendered: '<=' not supported"),
        ("{% for x in item.n %}{% endfor %}", "a loop runs over something that is not a list"),
        ("{% for x in item.many %}{{ loop }}{% endfor %}", "a value is neither text, number, list nor mapping"),
        ("{{ item.n / 0 }}", "the template can't be rendered: division by zero"),
        ("{{ item.question * 3 }}", "operator * works on numbers up to 10^15 only"),
        ("{{ item.question % 3 }}", "operator % works on numbers up to 10^15 only"),
        ("{{ item.many + item.many }}", "operator + works on numbers up to 10^15 only"),
        ("{{ 999999999 * 999999999 * 2 }}", "operator * works on numbers up to 10^15 only"),
        ("{{ item.many[::0] }}", "the template can't be rendered: slice step cannot be zero"),
        ("{{ item.long }}{{ item.long }}", "the template renders more than 200000 characters"),
        ("{{ item.long | replace('a', 'aaaa') }}", "the template renders more than 200000 characters"),
        ("{{ item.many | join('" + "x" * 2000 + "') }}", "the template renders more than 200000 characters"),
        ("{% for c in item.long %}{% endfor %}", "the template's loops run more than 10000 rounds"),
        ("{% for a in item.many %}{% for b in item.many %}{% endfor %}{% endfor %}",
         "the template's loops run more than 10000 rounds"),
        ("{% for a in item.many %}{% for b in item.many if false %}{% endfor %}{% endfor %}",
         "the template's loops run more than 10000 rounds"),
    ],
)  # fmt: skip
def test_what_does_not_fit_the_item_fails_the_item(template: str, problem: str) -> None:
    with pytest.raises(RenderError) as failure:
        render(template, CONTEXT)

    assert problem in str(failure.value)
    assert isinstance(failure.value, WorkFailedError)


@pytest.mark.parametrize(
    "template",
    [
        "{{ ''.__class__ }}",
        "{{ item.question.__class__.__mro__[1].__subclasses__() }}",
        "{{ item['__class__']['__init__'] }}",
        "{{ item.many.append(1) }}",
        "{{ self }}",
        "{{ self._TemplateReference__context }}",
        "{{ range(3) }}",
        "{{ lipsum() }}",
        "{{ dict(a=1) }}",
        "{{ item.question.format(item) }}",
        "{{ item | attr('__class__') }}",
        "{{ [1] | map('upper') }}",
        "{{ item | xmlattr }}",
        "{{ caller() }}",
        "{% if true %}{{ _allowance }}{% endif %}",
        "{% for loop in item.many %}{% endfor %}",
        "{% for _x in item.many %}{% endfor %}",
        "{{ item.many | join(*item.many) }}",
    ],
)
def test_ways_out_of_the_sandbox_are_closed(template: str) -> None:
    with pytest.raises((BadInputError, RenderError)):
        render(template, CONTEXT)


@pytest.mark.parametrize("template", ["{{ 0[::2] }}", "{{ none[1:] }}", "{{ 1.5[0] }}"])
def test_a_constant_without_members_is_refused_without_a_warning(template: str) -> None:
    with pytest.raises(BadInputError, match=r"^template line 1: a constant has no members$"):
        render(template, CONTEXT)


def ticking(step_s: float) -> Iterator[float]:
    now_s = 0.0
    while True:
        yield now_s
        now_s += step_s


@pytest.mark.parametrize(
    "template",
    [
        "{% for a in item.many %}{% endfor %}",  # makes no output at all
        "{{ 'a' | upper | lower | upper | lower | upper }}",
        "{{ item.n }}" * 10,
    ],
)
def test_a_rendering_ends_at_its_time_limit(template: str) -> None:
    clock = ticking(0.5)

    with pytest.raises(RenderError, match=r"renders for longer than 2 s"):
        render(template, CONTEXT, clock=lambda: next(clock))


def test_renderings_in_threads_do_not_share_their_limits() -> None:
    template = "{% for a in item.many %}{% for b in item.many[:40] %}{% endfor %}{% endfor %}done"  # 8,200 of 10,000
    results: list[str] = []
    threads = [threading.Thread(target=lambda: results.append(render(template, CONTEXT))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert results == ["done"] * 4


def test_rendering_leaves_the_context_as_it_was() -> None:
    before = repr(CONTEXT)

    render("{{ item.mapping }}{{ steps.retrieve }}", CONTEXT)

    assert repr(CONTEXT) == before


def test_an_item_nested_beyond_reason_fails_alone() -> None:
    nested: object = "x"
    for _ in range(5000):
        nested = [nested]

    with pytest.raises(RenderError):
        render("{{ item.deep }}", Context({"deep": nested}))


@pytest.mark.parametrize("text", ["a", ".", "0", "\u00fc", "\U0001f986", "\ue000", " \n a \n "])
def test_what_can_be_seen_is_rendered_as_it_is(text: str) -> None:
    assert render_shown("{{ item.text }}", Context(item={"text": text}), what="prompt") == text


@pytest.mark.parametrize(
    "text", ["", " ", "\t\r\n", "\u00a0", "\u3000", "\u200b\u200d\ufeff", "\x07", "\u2028\u2029", "\u00ad"]
)
def test_what_can_t_be_seen_is_an_error_of_the_item(text: str) -> None:
    context = Context(item={"text": text})
    assert render("{{ item.text }}", context) == text
    with pytest.raises(RenderError, match=r"^the query renders to nothing but blanks, so nothing was sent$"):
        render_shown("{{ item.text }}", context, what="query")


@pytest.mark.parametrize("template", ["{{ item.a }}", "{{ 0 }}", "{% if item.a %}x{% endif %}", " {{ item.a or '' }} "])
def test_a_template_that_may_show_something_is_not_blank(template: str) -> None:
    assert not compile_template(template).is_blank
