# SPDX-License-Identifier: Apache-2.0
"""Claims about the figures that anybody would make before seeing them, on sounds of Benchmarks/sounds."""

from functools import cache
from pathlib import Path

import librosa
import numpy as np
import pytest
import scipy.signal

from judge import baselines, content as content_figures, pitch
from judge.judge import Judge
from judge.sounds import RATE, Sound

SOUNDS = Path(__file__).parents[3] / "Benchmarks" / "sounds"
# Name of the content, of the style, and whether the content is speech.
PAIRS = [("trumpet-phrase", "strings", False), ("speech-male", "electronic", True), ("drums", "rain", False)]


@cache
def sound(name: str) -> Sound:
    return Sound.read(SOUNDS / f"{name}.flac")


@cache
def judge(pair: tuple[str, str, bool]) -> Judge:
    return Judge(sound(pair[0]), sound(pair[1]), speech=pair[2])


@cache
def mixed(pair: tuple[str, str, bool], decibels: float) -> dict:
    content, style = sound(pair[0]).samples, sound(pair[1]).samples
    return judge(pair).figures(Sound(content + 10 ** (decibels / 20) * baselines.fitted(style, len(content))))


@pytest.mark.parametrize("pair", PAIRS)
def test_the_content_is_all_content_and_no_style(pair):
    figures = judge(pair).figures(sound(pair[0]))
    assert figures["content"] == pytest.approx(1, abs=0.01)
    assert figures["style"] == pytest.approx(0, abs=0.01)
    assert figures["both"] == pytest.approx(0, abs=0.02)


@pytest.mark.parametrize("pair", PAIRS)
def test_the_style_is_all_style_and_has_the_content_it_has_by_chance(pair):
    figures = judge(pair).figures(sound(pair[1]))
    assert figures["style"] == pytest.approx(1, abs=0.05)
    assert figures["content"] == pytest.approx(0, abs=0.05)


@pytest.mark.parametrize("pair", PAIRS)
def test_mixes_come_in_order(pair):
    quiet, even, loud = (mixed(pair, decibels) for decibels in (-15, 0, 15))
    assert quiet["style"] < even["style"] < loud["style"]
    assert quiet["content"] > even["content"] > loud["content"]


@pytest.mark.parametrize("pair", PAIRS)
def test_a_mix_is_verbatim_and_so_is_a_filter(pair):
    assert mixed(pair, 0)["verbatim"] > 0.97
    low_pass = scipy.signal.butter(2, 1500, fs=RATE, output="sos")
    filtered = judge(pair).figures(Sound(scipy.signal.sosfilt(low_pass, sound(pair[0]).samples)))
    assert filtered["verbatim"] > 0.95
    assert filtered["verbatim_content"] > 0.95 > 0.3 > filtered["verbatim_style"]


@pytest.mark.parametrize("pair", PAIRS)
def test_another_sound_is_not_verbatim(pair):
    noise = Sound(np.random.default_rng(0).standard_normal(len(sound(pair[0]))).astype(np.float32))
    assert judge(pair).figures(noise)["verbatim"] < 0.1


def test_an_octave_changes_the_pitch_but_not_the_folded_one():
    original = sound("trumpet-phrase")
    octave = Sound(librosa.effects.pitch_shift(original.samples, sr=RATE, n_steps=-12))
    exact, folded = content_figures.pitch_shares(original, octave)
    assert exact < 0.2
    assert folded > 0.7
    third = Sound(librosa.effects.pitch_shift(original.samples, sr=RATE, n_steps=4))
    assert max(content_figures.pitch_shares(original, third)) < 0.3


def test_pitch_is_that_of_a_tone():
    time = np.arange(RATE) / RATE
    heard = Sound(sum(np.sin(2 * np.pi * 220 * k * time) / k for k in range(1, 8))).heard(pitch)
    assert np.median(heard["frequency"]) == pytest.approx(220, rel=0.02)


def test_noise_is_flat_and_louder_noise_is_flatter():
    pair = PAIRS[0]
    noise = np.random.default_rng(0).standard_normal(len(sound(pair[0]))).astype(np.float32) * 0.1
    little, much = (judge(pair).figures(Sound(sound(pair[0]).samples + share * noise)) for share in (0.03, 0.3))
    assert 1 <= little["noise_flatness"] < much["noise_flatness"]
    assert little["noise_harmonics"] > much["noise_harmonics"]


def test_words_get_lost_in_noise():
    pair = PAIRS[1]
    noise = np.random.default_rng(0).standard_normal(len(sound(pair[0]))).astype(np.float32) * 0.1
    little, much = (judge(pair).figures(Sound(sound(pair[0]).samples + share * noise)) for share in (0.03, 2))
    assert little["content_stoi"] > 0.9 > much["content_stoi"]


def test_a_delay_costs_onsets():
    original = sound("drums")
    late = Sound(np.concatenate([np.zeros(RATE // 8, np.float32), original.samples])[:len(original)])
    assert content_figures.onset_f_measure(original, original) == 1
    assert content_figures.onset_f_measure(original, late) < 0.7


def test_answers_do_not_depend_on_what_was_heard_before():
    pair = PAIRS[1]
    samples = sound(pair[0]).samples
    first = Judge(Sound(samples), sound(pair[1]), speech=True).figures(Sound(samples * 0.5))
    sound("drums").heard(pitch)
    assert first == Judge(Sound(samples), sound(pair[1]), speech=True).figures(Sound(samples * 0.5))


@pytest.mark.parametrize("name", baselines.BASELINES)
def test_baselines_give_sounds_as_long_as_the_content(name: str):
    content, style = (sound(n).samples.astype(float) for n in ("speech-male", "rain"))
    for part in (style[:RATE // 2], style, np.tile(style, 2)):
        result = baselines.finished(baselines.BASELINES[name](content, part), content)
        assert np.all(np.isfinite(result))
        assert name == "style" or len(result) == len(content)
