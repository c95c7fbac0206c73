"""Main effects on the final score: right where the truth is additive, and unsure where models always go together."""

from __future__ import annotations

import numpy as np
import pytest

from policies.main_effects import CoServed, Level, main_effects
from tests.policies.credit_pipeline import MODELS, STEPS, Log, Pipeline, draw_log, level, pairs_of

REWRITE, ANSWER = (np.array([-0.1, 0.0, 0.15]), np.array([-0.2, 0.05, 0.1]))


def additive(seed: int, *, n: int = 4000, together: float = 0.8) -> Log:
    """A log whose final scores are a sum: what each model adds is known."""
    draw = np.random.default_rng(seed)
    rewriter, other = draw.integers(0, 3, n), draw.integers(0, 3, n)
    answerer = np.where(draw.random(n) < together, rewriter, other)
    final = 0.5 + REWRITE[rewriter] + ANSWER[answerer] + draw.uniform(-0.1, 0.1, n)
    return Log({"rewrite": rewriter, "answer": answerer}, np.ones(n), final)


def test_effects_are_what_each_model_adds_to_the_mix_of_the_others() -> None:
    log = additive(1)
    found = main_effects(pairs_of(log), final_step="answer")
    shares = np.bincount(log.models["answer"], minlength=3) / len(log.own)
    for number in range(3):
        expected = 0.5 + REWRITE[number] + float(shares @ ANSWER)
        assert found[level("rewrite", number)].mean == pytest.approx(expected, abs=0.01)


def test_a_plain_mean_is_biased_where_models_go_together_and_an_effect_is_not() -> None:
    plain, effects = [], []
    for seed in range(20):
        log = additive(seed, n=1000)
        found = main_effects(pairs_of(log), final_step="answer")
        of = [log.final[log.models["rewrite"] == number].mean() for number in (0, 2)]
        plain.append(of[1] - of[0])
        effects.append(found[level("rewrite", 2)].mean - found[level("rewrite", 0)].mean)
    truth = REWRITE[2] - REWRITE[0]
    assert np.mean(plain) > truth + 0.2  # 0.8 of what the answering model adds is in it
    assert np.mean(effects) == pytest.approx(truth, abs=0.01)


def test_the_standard_errors_are_those_of_the_estimates() -> None:
    """Of the difference of two models, over repeated logs: the interval of two errors holds the truth as often."""
    within = []
    for seed in range(200):
        log = additive(seed, n=300)
        found = main_effects(pairs_of(log), final_step="answer")
        large, small = found[level("rewrite", 2)], found[level("rewrite", 0)]
        error = np.sqrt(large.variance + small.variance)  # the two are not independent: rather too wide
        within.append(abs(large.mean - small.mean - (REWRITE[2] - REWRITE[0])) < 2 * error)
    assert np.mean(within) >= 0.93


def test_what_always_goes_together_is_parted_equally_and_unsure() -> None:
    log = additive(3, together=1.0)
    found = main_effects(pairs_of(log), final_step="answer")
    sure = main_effects(pairs_of(additive(3, together=0.5)), final_step="answer")
    leads = {step: found[level(step, 2)].mean - found[level(step, 0)].mean for step in STEPS}
    assert leads["rewrite"] == pytest.approx(leads["answer"], abs=1e-6)
    assert sum(leads.values()) == pytest.approx(REWRITE[2] - REWRITE[0] + ANSWER[2] - ANSWER[0], abs=0.02)
    for number in range(3):
        assert found[level("rewrite", number)].variance > 0.05
        assert sure[level("rewrite", number)].variance < 0.001


def test_without_final_scores_there_are_no_effects() -> None:
    assert main_effects([], final_step="answer") == {}


def test_one_model_that_served_everything_has_the_mean() -> None:
    only = Level("answer", "generate", "large")
    found = main_effects([CoServed(only, only, 100, 80.0, 75.0)], final_step="answer")
    assert found[only].mean == pytest.approx(0.8)
    assert 0 < found[only].variance < 0.01 + 0.25


def test_the_order_of_the_pairs_does_not_matter() -> None:
    pairs = pairs_of(draw_log(Pipeline(np.full(3, 0.5), np.full(3, 0.5), np.full(3, 0.9)), 4, n=200))
    assert main_effects(pairs, final_step="answer") == main_effects(pairs[::-1], final_step="answer")
    assert {one.model for one in main_effects(pairs, final_step="answer")} == set(MODELS)
