#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Makes voice.flac and flute.flac again: mono, 16 kHz, 16 bit.
#
#   make-sounds.sh [FOLDER]     FOLDER: where to write (default: the folder this script is in)
#
# Debian packages: espeak-ng fluidsynth fluid-soundfont-gm sox flac
# SOUNDFONT names another copy of FluidR3_GM.sf2.
#
# Nothing here is random: sox runs without dither (-D), fluidsynth renders to float (no dither either),
# FLAC stores no date. The same package versions give the same bytes.

set -eu

sentence='Every sound can wear the style of another.'
folder=${1:-$(dirname "$0")}
soundfont=${SOUNDFONT:-/usr/share/sounds/sf2/FluidR3_GM.sf2}

for tool in espeak-ng fluidsynth sox flac; do
    command -v "$tool" >/dev/null || { echo "make-sounds.sh: '$tool' is missing; install the packages named in this script" >&2; exit 1; }
done
[ -r "$soundfont" ] || { echo "make-sounds.sh: no sound font at $soundfont; install fluid-soundfont-gm or set SOUNDFONT" >&2; exit 1; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# voice: espeak-ng's own formant synthesiser, British English, 165 words a minute.
espeak-ng -v en-gb -s 165 -w "$work/voice-22k.wav" "$sentence"
# Silence is cut at both ends, 10 ms of fade in, 30 ms of fade out, peak at -2 dBFS.
sox -V1 -D "$work/voice-22k.wav" -b 16 "$work/voice.wav" \
    gain -6 rate -v 16000 \
    silence 1 0.005 0.5% fade t 0.01 \
    reverse silence 1 0.005 0.5% fade t 0.03 reverse gain -n -2

# flute: a MIDI file of one note. Format 0, one track, 480 ticks a beat, 120 beats a minute: 960 ticks a second.
{
    printf 'MThd\000\000\000\006\000\000\000\001\001\340'
    printf 'MTrk\000\000\000\021'
    printf '\000\300\111'               # program 73, counted from 0: flute
    printf '\000\220\105\144'           # note on: key 69 (A4, 440 Hz), velocity 100
    printf '\217\140\200\105\100'       # after 2016 ticks, 2.1 s: note off
    printf '\206\000\377\057\000'       # after 768 ticks, 0.8 s: end of track
} > "$work/flute.mid"
fluidsynth -n -i -q -R 0 -C 0 -r 48000 -T wav -O float -F "$work/flute-48k.wav" "$soundfont" "$work/flute.mid"
# 2.2 s from the attack, both channels averaged, 5 ms of fade in, 100 ms of fade out, peak at -2 dBFS.
sox -V1 -D "$work/flute-48k.wav" -b 16 "$work/flute.wav" \
    remix - rate -v 16000 silence 1 0.005 0.5% trim 0 2.2 \
    fade t 0.005 2.2 0.1 gain -n -2

for name in voice flute; do
    flac --silent --force --best --no-padding --no-seektable -o "$folder/$name.flac" "$work/$name.wav"
done
(cd "$folder" && sha256sum voice.flac flute.flac)
