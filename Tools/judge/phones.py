# SPDX-License-Identifier: Apache-2.0
"""Listener: the phones of English speech, by PocketSphinx. It recognises little of what is not clean speech."""

import os

import numpy as np
import pocketsphinx

NAME, VERSION = "phones", 1


def listen(samples: np.ndarray) -> dict[str, np.ndarray]:
    folder = os.path.join(pocketsphinx.get_model_path(), "en-us")
    # A decoder adapts to what it has heard: a new one for each sound, so that answers do not depend on their order.
    decoder = pocketsphinx.Decoder(
        hmm=os.path.join(folder, "en-us"), allphone=os.path.join(folder, "en-us-phone.lm.bin"), lw=2.0, beam=1e-10, pbeam=1e-10,
        loglevel="FATAL")
    decoder.start_utt()
    decoder.process_raw((np.clip(samples, -1, 1) * 32767).astype(np.int16).tobytes(), full_utt=True)
    decoder.end_utt()
    return {"phones": np.array([s.word for s in decoder.seg() if s.word.isalpha() and s.word != "SIL"])}
